package dev.berth.executor.journal;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.OpenFile;
import dev.berth.format.FileName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One attempt's files that the sandbox sees: {@code out} and {@code err}, which it may only append
 * to; {@code exit}, where the wrapper notes the exit code, as advice; {@code in}, its standard
 * input, which it may only read. They are made before the process and stay open, so that nothing
 * the sandbox does to names can make the agent read another file. Where the agent is root they
 * belong to root, and the file system is asked to hold them append-only.
 *
 * <p>Reading is free of locks; punching, sealing and closing belong to one thread.
 */
public final class Journal implements AutoCloseable {

  private static final FileName EXIT = FileName.of("exit");
  private static final int APPEND_BY_OTHERS = 0622;
  private static final int READ_BY_OTHERS = 0644;
  private static final int EXIT_BYTES = 256;

  private final Map<JournalStream, OpenFile> streams;
  private final OpenFile exit;
  private final Optional<Stdin> stdin;
  private volatile boolean appendOnly;

  private Journal(
      Map<JournalStream, OpenFile> streams,
      OpenFile exit,
      Optional<Stdin> stdin,
      boolean appendOnly) {
    this.streams = streams;
    this.exit = exit;
    this.stdin = stdin;
    this.appendOnly = appendOnly;
  }

  /**
   * Makes the directory and its files, all empty but {@code in}.
   *
   * @param open whether the process's input may grow behind {@code input}
   * @throws IOException if it exists already, or the disk is full
   */
  public static Journal create(Path directory, byte[] input, boolean open) throws IOException {
    Files.createDirectory(directory);
    try (var dir = Directory.open(directory)) {
      dir.chmod(0755);
      try (var in = dir.createFile(Stdin.IN, READ_BY_OTHERS, Directory.Access.READ_WRITE)) {
        in.chmod(READ_BY_OTHERS);
        in.write(0, input, 0, input.length);
      }
      var exit = appendable(dir, EXIT);
      var streams = new EnumMap<JournalStream, OpenFile>(JournalStream.class);
      var appendOnly = exit.setAppendOnly(true);
      for (var stream : JournalStream.values()) {
        var file = appendable(dir, FileName.of(stream.fileName()));
        appendOnly &= file.setAppendOnly(true);
        streams.put(stream, file);
      }
      var stdin = open ? Optional.of(Stdin.create(directory)) : Optional.<Stdin>empty();
      dir.sync();
      return new Journal(streams, exit, stdin, appendOnly);
    }
  }

  private static OpenFile appendable(Directory dir, FileName name) throws ErrnoException {
    var file = dir.createFile(name, APPEND_BY_OTHERS, Directory.Access.APPEND);
    file.chmod(APPEND_BY_OTHERS);
    return file;
  }

  /**
   * Opens one made by {@link #create}, after a restart of the agent.
   *
   * @throws IOException if a file is missing or is not a regular file: the sandbox had its hands on
   *     it
   */
  public static Journal open(Path directory) throws IOException {
    try (var dir = Directory.open(directory)) {
      var exit = dir.openFile(EXIT, Directory.Access.READ);
      var streams = new EnumMap<JournalStream, OpenFile>(JournalStream.class);
      var appendOnly = exit.setAppendOnly(true);
      for (var stream : JournalStream.values()) {
        var file = dir.openFile(FileName.of(stream.fileName()), Directory.Access.APPEND);
        appendOnly &= file.setAppendOnly(true);
        streams.put(stream, file);
      }
      var stdin =
          Stdin.isThere(directory) ? Optional.of(Stdin.open(directory)) : Optional.<Stdin>empty();
      return new Journal(streams, exit, stdin, appendOnly);
    }
  }

  /** Whether the kernel refuses every change of what was written. */
  public boolean appendOnly() {
    return appendOnly;
  }

  /** The process's input, where it may grow. */
  public Optional<Stdin> stdin() {
    return stdin;
  }

  private OpenFile file(JournalStream stream) {
    var file = streams.get(stream);
    if (file == null) {
      throw new IllegalStateException("no such stream");
    }
    return file;
  }

  public long size(JournalStream stream) throws IOException {
    return file(stream).stat().size();
  }

  /** Bytes read, fewer than asked for only at the end of what was written. */
  public int read(JournalStream stream, long position, byte[] target, int offset, int length)
      throws IOException {
    return file(stream).read(position, target, offset, length);
  }

  /** Whether the file still has its name and everything that was once read from it. */
  public boolean intact(JournalStream stream, long known) throws IOException {
    FileStat stat = file(stream).stat();
    return stat.links() > 0 && stat.size() >= known;
  }

  /** What stands in {@code exit}, which the sandbox may have forged; at most 256 bytes of it. */
  public String exitNote() throws IOException {
    var bytes = new byte[EXIT_BYTES];
    int length = exit.read(0, bytes, 0, EXIT_BYTES);
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  public long exitSize() throws IOException {
    return exit.stat().size();
  }

  /**
   * Gives the disk back what stands before {@code upTo}; sizes and later bytes stay. The kernel
   * refuses that to an append-only file, so the flag is lifted for the moment it takes: a
   * truncation by the sandbox just then is found by {@link #intact}, and hurts only its own output.
   */
  public void punch(JournalStream stream, long upTo) throws IOException {
    var file = file(stream);
    if (appendOnly) {
      file.setAppendOnly(false);
    }
    try {
      file.punchHole(0, upTo);
    } finally {
      if (appendOnly) {
        file.setAppendOnly(true);
      }
    }
  }

  /**
   * Takes {@code in} away. The wrapper opens it before anything else, and once, so one that has not
   * begun by now ends without running its program; one that has begun goes on reading it, and what
   * it is given still reaches it.
   */
  public static void takeInput(Path directory) throws IOException {
    try (var dir = Directory.open(directory)) {
      dir.rename(Stdin.IN, dir, Stdin.TAKEN, true);
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  /**
   * Nobody who has not opened it yet can append any more. Called when nothing of the sandbox's
   * runs.
   */
  public void seal() throws IOException {
    // The kernel lets nobody change the mode of an append-only file.
    appendOnly = false;
    exit.setAppendOnly(false);
    exit.chmod(0600);
    for (var file : streams.values()) {
      file.setAppendOnly(false);
      file.chmod(0600);
    }
  }

  @Override
  public void close() {
    exit.close();
    stdin.ifPresent(Stdin::close);
    streams.values().forEach(OpenFile::close);
  }

  /** Removes a journal's directory, whatever of it is there. */
  public static void delete(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    for (var name :
        List.of(
            EXIT,
            FileName.of(JournalStream.OUT.fileName()),
            FileName.of(JournalStream.ERR.fileName()))) {
      try (var dir = Directory.open(directory);
          var file = dir.openFile(name, Directory.Access.READ)) {
        file.setAppendOnly(false);
      } catch (ErrnoException e) {
        continue; // missing, or not a file of ours: removed below like anything else
      }
    }
    try (var entries = Files.newDirectoryStream(directory)) {
      for (var entry : entries) {
        Files.delete(entry);
      }
    }
    Files.delete(directory);
  }

  /**
   * Whether this agent, on the file system of a directory, can make files that nobody can change,
   * only grow.
   */
  public static boolean canHoldAppendOnly(Path directory) throws IOException {
    var probe = FileName.of(".append-only-probe");
    Files.deleteIfExists(directory.resolve(probe.toString()));
    try (var dir = Directory.open(directory);
        var file = dir.createFile(probe, 0600, Directory.Access.READ_WRITE)) {
      var held = file.setAppendOnly(true);
      file.setAppendOnly(false);
      return held;
    } finally {
      Files.deleteIfExists(directory.resolve(probe.toString()));
    }
  }

  /**
   * Makes the directory that holds journals, the one that is mounted into the sandbox: everyone may
   * pass, only the agent may change it.
   */
  public static void createRoot(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
