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
 * by the first worker it had.
 */
record WorkerHome(Path directory) {

  private static final String RECORD = "worker.json";

  /**
   * All there are; one without a record is left from a kill during its removal, and is removed now.
   */
  static List<WorkerHome> list(Path root) {
    var homes = new ArrayList<WorkerHome>();
    try (var entries = Files.newDirectoryStream(root)) {
      for (var entry : entries) {
        var home = new WorkerHome(entry);
        if (home.read().isPresent()) {
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

  Optional<WorkerRecord> read() {
    return file().read();
  }

  void write(WorkerRecord worker) {
    file().write(worker);
  }

  /**
   * The record goes first: what is left is recognised as rubbish. Nothing may be mounted from it
   * any more.
   */
  void delete() {
    file().delete();
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

  private JsonFile<WorkerRecord> file() {
    return new JsonFile<>(directory.resolve(RECORD), WorkerRecord.class);
  }
}
