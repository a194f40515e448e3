package dev.berth.executor.journal;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.OpenFile;
import dev.berth.format.FileName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The standard input of an attempt that may be given more while it runs: the file {@code in}, which
 * only grows and only by the agent; {@code bell}, a FIFO that is rung when it has grown and that
 * may be rung too often; and {@code end}, a file that is there once nothing follows. The wrapper's
 * feeder copies from the one when the other rings, so a program that does not read blocks nobody
 * here. What is written names its place: writing it again changes nothing, and what a fall left
 * torn is completed. Used by one thread.
 */
public final class Stdin implements AutoCloseable {

  static final FileName IN = FileName.of("in");

  /** What {@code in} is called once no wrapper may begin any more. */
  static final FileName TAKEN = FileName.of("taken");

  private static final FileName BELL = FileName.of("bell");
  private static final FileName END = FileName.of("end");
  private static final byte[] RING = "\n".getBytes(StandardCharsets.US_ASCII);
  private static final int EVERYONE_RINGS = 0666;
  private static final int READ_BY_OTHERS = 0644;

  private final Path directory;
  private final OpenFile in;
  private final OpenFile bell;

  private Stdin(Path directory, OpenFile in, OpenFile bell) {
    this.directory = directory;
    this.in = in;
    this.bell = bell;
  }

  /** Beside a journal whose {@code in} is made already. */
  static Stdin create(Path directory) throws ErrnoException {
    try (var dir = Directory.open(directory)) {
      dir.makeFifo(BELL, EVERYONE_RINGS);
    }
    var made = open(directory);
    made.bell.chmod(EVERYONE_RINGS);
    return made;
  }

  /** Whether the journal was made with one. */
  static boolean isThere(Path directory) throws ErrnoException {
    try (var dir = Directory.open(directory)) {
      dir.stat(BELL);
      return true;
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  static Stdin open(Path directory) throws ErrnoException {
    try (var dir = Directory.open(directory)) {
      var in = openIn(dir);
      try {
        return new Stdin(directory, in, dir.openFifo(BELL));
      } catch (ErrnoException e) {
        in.close();
        throw e;
      }
    }
  }

  private static OpenFile openIn(Directory dir) throws ErrnoException {
    try {
      return dir.openFile(IN, Directory.Access.READ_WRITE);
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        return dir.openFile(TAKEN, Directory.Access.READ_WRITE);
      }
      throw e;
    }
  }

  /**
   * Adds what is not there yet.
   *
   * @param position of the first byte
   * @return false where something before it is missing; then nothing was written
   */
  public boolean write(long position, byte[] bytes) throws IOException {
    var size = in.stat().size();
    if (position > size) {
      return false;
    }
    var have = size - position;
    if (have < bytes.length) {
      in.write(size, bytes, (int) have, (int) (bytes.length - have));
    }
    return true;
  }

  /** Of what was written; only as far as that is whole. */
  public long size() throws IOException {
    return in.stat().size();
  }

  /** Nothing follows. */
  public void end() throws IOException {
    try (var dir = Directory.open(directory)) {
      dir.createFile(END, READ_BY_OTHERS, Directory.Access.READ).close();
    } catch (ErrnoException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
  }

  /** Returns once what was written is on the disk, and has it fed. */
  public void sync() throws IOException {
    in.syncData();
    try (var dir = Directory.open(directory)) {
      dir.sync();
    }
    ring();
  }

  /** Has the feeder look; as often as one likes. */
  public void ring() throws IOException {
    try {
      bell.append(RING, 0, RING.length);
    } catch (ErrnoException e) {
      if (!e.is(Errno.EAGAIN)) {
        throw e;
      }
      // it is full of rings that nobody has heard yet
    }
  }

  @Override
  public void close() {
    in.close();
    bell.close();
  }
}
