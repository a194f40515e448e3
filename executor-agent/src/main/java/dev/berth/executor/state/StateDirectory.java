package dev.berth.executor.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The directory that makes an executor itself, locked for as long as this is open, so that two
 * agents never share an id. The lock is the kernel's: a killed agent leaves none behind.
 */
public final class StateDirectory implements AutoCloseable {

  private final Path root;
  private final FileChannel lockFile;

  private StateDirectory(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
  }

  /** Makes the directory where it is missing. The message of a failure is a sentence for people. */
  public static StateDirectory open(Path directory) throws StateDirectoryException {
    var root = directory.toAbsolutePath().normalize();
    FileChannel file = null;
    try {
      Files.createDirectories(
          root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      file =
          FileChannel.open(
              root.resolve("lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      var lock = tryLock(file);
      if (lock == null) {
        var holder = readHolder(file);
        file.close();
        throw new StateDirectoryException(
            "Another executor agent"
                + (holder.isEmpty() ? "" : " (process " + holder + ")")
                + " uses "
                + root
                + ". Stop it, or give this one its own --state-dir.");
      }
      file.truncate(0);
      file.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
      var opened = new StateDirectory(root, file);
      Files.createDirectories(opened.copies());
      Files.createDirectories(opened.workers());
      return opened;
    } catch (IOException e) {
      closeQuietly(file);
      throw new StateDirectoryException("Cannot use " + root + " as state directory.", e);
    }
  }

  public Path root() {
    return root;
  }

  /** One directory a session. */
  public Path copies() {
    return root.resolve("copies");
  }

  /** One directory a worker. */
  public Path workers() {
    return root.resolve("workers");
  }

  /** Empty until enrolled. */
  public JsonFile<Identity> identity() {
    return new JsonFile<>(root.resolve("executor.json"), Identity.class);
  }

  /** There while an enrolment is under way or its answer was lost. */
  public JsonFile<PendingEnrolment> pendingEnrolment() {
    return new JsonFile<>(root.resolve("enrolment.json"), PendingEnrolment.class);
  }

  /** For whoever waits for this agent; see {@link AgentStatus}. */
  public JsonFile<AgentStatus> status() {
    return new JsonFile<>(root.resolve("status.json"), AgentStatus.class);
  }

  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot release the lock of " + root, e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String readHolder(FileChannel file) throws IOException {
    var bytes = ByteBuffer.allocate(20);
    file.read(bytes, 0);
    var text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
    return text.chars().allMatch(c -> c >= '0' && c <= '9') ? text : "";
  }

  private static void closeQuietly(@Nullable FileChannel file) {
    if (file != null) {
      try {
        file.close();
      } catch (IOException ignored) {
        // the failure that brought us here is the one to tell
      }
    }
  }
}
