package dev.berth.executor.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.common.Id.AttemptId;
import dev.berth.executor.journal.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the agent knows of one attempt, in a directory the sandbox cannot see: written whole, synced
 * and renamed, so a file is either there with all of its content or not there.
 */
final class AttemptStore {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String INTENT = "intent.json";
  private static final String LAUNCH = "launch.json";
  private static final String OFFSETS = "offsets.json";
  private static final String SETTLED = "settled.json";
  private static final String SIGNALLED = "signalled.json";
  private static final String WORDS = "words.json";

  private final Path directory;

  AttemptStore(Path directory) {
    this.directory = directory;
  }

  /**
   * That the attempt is about to be started; on disk before anything else happens. Times in ms
   * since the epoch.
   *
   * @param session null, as {@code artifacts} and {@code secrets}, where an older agent wrote it
   * @param artifacts globs of the files to keep at its end
   * @param opening of its program; null where an older agent wrote it
   * @param secrets how many its process is given: not what they are
   * @param modelKey by which the token is known that opens the way to models; empty for none
   */
  record Intent(
      String attempt,
      String run,
      String worker,
      String container,
      String provider,
      int user,
      long startMillis,
      long deadlineMillis,
      long graceMillis,
      String disk,
      @Nullable String session,
      @Nullable List<String> artifacts,
      @Nullable String opening,
      @Nullable Integer secrets,
      @Nullable String modelKey) {

    int secretCount() {
      return secrets == null ? 0 : secrets;
    }
  }

  /** Where its process is; {@code pid} 0 where this host cannot see it. */
  record Launch(String exec, long pid, long startTicks, long oomKills, long pidsRefused) {}

  /**
   * How far it is acknowledged, and how far its bytes were given back to the disk.
   *
   * @param state of the dialogue where it is acknowledged; null where an older agent wrote it
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Offsets(Position acked, Position freed, byte @Nullable [] state) {}

  /**
   * The last words for the process, whole before any of them is given: so they can be given again
   * where the agent fell in between.
   *
   * @param seq the number of the newest input that was put into words
   * @param own the number of the newest of the agent's own
   * @param position of their first byte in the process's input
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Words(long seq, int own, long position, byte[] bytes) {}

  /**
   * That nothing of it runs any more: how it ended, and where its journal ends.
   *
   * @param notKept why files that its run names are not kept; null where an older agent wrote it
   */
  record Settled(
      String outcome,
      String reason,
      String message,
      int exitCode,
      int signal,
      Position last,
      long outDropped,
      long errDropped,
      boolean started,
      @Nullable List<String> notKept) {}

  static AttemptStore create(Path directory) throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return new AttemptStore(directory);
  }

  /** Attempts that have a directory, whatever is in it. */
  static List<AttemptId> list(Path root) throws IOException {
    var found = new ArrayList<AttemptId>();
    if (Files.isDirectory(root)) {
      try (var entries = Files.newDirectoryStream(root, AttemptId.PREFIX + "_*")) {
        for (var entry : entries) {
          found.add(AttemptId.parse(entry.getFileName().toString()));
        }
      }
    }
    return found;
  }

  void intent(Intent intent) throws IOException {
    write(INTENT, intent, true);
  }

  Optional<Intent> intent() throws IOException {
    return read(INTENT, Intent.class);
  }

  void launch(Launch launch) throws IOException {
    write(LAUNCH, launch, false);
  }

  Optional<Launch> launch() throws IOException {
    return read(LAUNCH, Launch.class);
  }

  /** Synced when something was given back, for that cannot be read again. */
  void offsets(Offsets offsets, boolean sync) throws IOException {
    write(OFFSETS, offsets, sync);
  }

  Offsets offsets() throws IOException {
    return read(OFFSETS, Offsets.class).orElse(new Offsets(Position.START, Position.START, null));
  }

  void settled(Settled settled) throws IOException {
    write(SETTLED, settled, true);
  }

  Optional<Settled> settled() throws IOException {
    return read(SETTLED, Settled.class);
  }

  /** The number of the last signal that was sent; 0 for none. */
  long signalled() throws IOException {
    return read(SIGNALLED, Long.class).orElse(0L);
  }

  void signalled(long seq) throws IOException {
    write(SIGNALLED, seq, true);
  }

  Optional<Words> words() throws IOException {
    return read(WORDS, Words.class);
  }

  void words(Words words) throws IOException {
    write(WORDS, words, true);
  }

  void delete() throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    // The intent last: without it what is left would not be recognised as ours to remove.
    for (var name : List.of(LAUNCH, OFFSETS, SIGNALLED, WORDS, SETTLED, INTENT)) {
      Files.deleteIfExists(directory.resolve(name + ".new"));
      Files.deleteIfExists(directory.resolve(name));
    }
    Files.delete(directory);
  }

  private void write(String name, Object value, boolean sync) throws IOException {
    var fresh = directory.resolve(name + ".new");
    try (var channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      var bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(value));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (sync) {
        channel.force(true);
      }
    }
    Files.move(fresh, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    if (sync) {
      try (var self = FileChannel.open(directory, StandardOpenOption.READ)) {
        self.force(true);
      }
    }
  }

  private <T> Optional<T> read(String name, Class<T> type) throws IOException {
    var file = directory.resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(Files.readAllBytes(file), type));
    } catch (JsonProcessingException e) {
      // Only a file that was not synced can be torn, by the host's own fall: as if it were not
      // there.
      return Optional.empty();
    }
  }
}
