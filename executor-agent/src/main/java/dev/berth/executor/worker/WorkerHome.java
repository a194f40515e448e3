package dev.berth.executor.worker;

import dev.berth.executor.state.JsonFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The directory of one container: the record of the worker it serves now, and the journals it
 * mounts. A woken session's new worker takes over the directory with the container, so it is named
 * by the first worker it had, or as the pooled container it was.
 */
record WorkerHome(Path directory) {

  private static final String RECORD = "worker.json";
  private static final String POOLED = "pooled.json";

  /**
   * All there are; one without a record is left from a kill during its removal, and is removed now.
   */
  static List<WorkerHome> list(Path root) {
    var homes = new ArrayList<WorkerHome>();
    try (var entries = Files.newDirectoryStream(root)) {
      for (var entry : entries) {
        var home = new WorkerHome(entry);
        if (home.read().isPresent() || home.pooled().isPresent()) {
          homes.add(home);
        } else {
          home.delete();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + root, e);
    }
    return homes;
  }

  static WorkerHome create(Path root, String name) {
    try {
      return new WorkerHome(Files.createDirectories(root.resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a worker's directory", e);
    }
  }

  boolean isNamed(String name) {
    return directory.endsWith(name);
  }

  Optional<WorkerRecord> read() {
    return file().read();
  }

  /** From now on it is a worker's. */
  void write(WorkerRecord worker) {
    file().write(worker);
    pooledFile().delete();
  }

  /** What waits for a session; empty for a worker's directory. */
  Optional<PooledRecord> pooled() {
    return read().isPresent() ? Optional.empty() : pooledFile().read();
  }

  void write(PooledRecord waiting) {
    pooledFile().write(waiting);
  }

  /**
   * The record goes first: what is left is recognised as rubbish. Nothing may be mounted from it
   * any more.
   */
  void delete() {
    file().delete();
    pooledFile().delete();
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (var tree = Files.walk(directory)) {
      for (var path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + directory, e);
    }
  }

  private JsonFile<PooledRecord> pooledFile() {
    return new JsonFile<>(directory.resolve(POOLED), PooledRecord.class);
  }

  private JsonFile<WorkerRecord> file() {
    return new JsonFile<>(directory.resolve(RECORD), WorkerRecord.class);
  }
}
