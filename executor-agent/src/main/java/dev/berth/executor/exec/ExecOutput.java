package dev.berth.executor.exec;

import dev.berth.executor.container.ExecStreams.Stream;
import dev.berth.executor.state.JsonFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * What is kept of one exec, in a directory of its own: its record and the newest of what it
 * printed. Whoever reads it may wait for more. Reading after {@link #delete} finds nothing.
 */
final class ExecOutput {

  static final long KEPT_BYTES = 4L << 20;
  private static final String RECORD = "exec.json";

  private final Path directory;
  private final OutputRing out;
  private final OutputRing err;
  private ExecRecord record;

  private ExecOutput(Path directory, OutputRing out, OutputRing err, ExecRecord record) {
    this.directory = directory;
    this.out = out;
    this.err = err;
    this.record = record;
  }

  /** On disk when this returns. */
  static ExecOutput create(Path directory, ExecRecord record) throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    file(directory).write(record);
    return open(directory, record);
  }

  /** One that an earlier agent left; what has no record is removed. */
  static List<ExecOutput> find(Path directory) throws IOException {
    var found = new java.util.ArrayList<ExecOutput>();
    if (Files.isDirectory(directory)) {
      try (var entries = Files.newDirectoryStream(directory)) {
        for (var entry : entries) {
          var record = file(entry).read();
          if (record.isPresent()) {
            found.add(open(entry, record.get()));
          } else {
            remove(entry);
          }
        }
      }
    }
    return found;
  }

  private static ExecOutput open(Path directory, ExecRecord record) throws IOException {
    var out = OutputRing.open(directory.resolve("out"), KEPT_BYTES);
    return new ExecOutput(
        directory, out, OutputRing.open(directory.resolve("err"), KEPT_BYTES), record);
  }

  private static JsonFile<ExecRecord> file(Path directory) {
    return new JsonFile<>(directory.resolve(RECORD), ExecRecord.class);
  }

  synchronized ExecRecord record() {
    return record;
  }

  /** The new record is on disk before anyone hears of it. */
  synchronized void become(ExecRecord next) {
    if (Files.isDirectory(directory)) {
      file(directory).write(next);
    }
    record = next;
    notifyAll();
  }

  void append(Stream stream, byte[] bytes, int length) throws IOException {
    ring(stream).append(bytes, length);
    synchronized (this) {
      notifyAll();
    }
  }

  private OutputRing ring(Stream stream) {
    return stream == Stream.OUT ? out : err;
  }

  OutputRing.Piece read(Stream stream, long from, int limit) throws IOException {
    return ring(stream).read(from, limit);
  }

  /** Waits until there is more than so much of a stream. False once there will be no more. */
  synchronized boolean awaitMore(long outFrom, long errFrom) throws InterruptedException {
    while (out.written() <= outFrom && err.written() <= errFrom) {
      if (record.state().ended()) {
        return false;
      }
      wait();
    }
    return true;
  }

  void delete() {
    try {
      out.close();
      err.close();
      remove(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + directory, e);
    }
  }

  private static void remove(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      try (var entries = Files.newDirectoryStream(directory)) {
        for (var entry : entries) {
          Files.delete(entry);
        }
      }
    }
    Files.deleteIfExists(directory);
  }
}
