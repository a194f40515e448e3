package dev.berth.executor.exec;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * The newest bytes of one stream, in a file of bounded size, by their offset in the whole stream. A
 * head says how many there were, so that the next agent can read them too. Safe for many threads,
 * also for those that are interrupted.
 */
final class OutputRing implements AutoCloseable {

  private static final int HEAD = Long.BYTES;

  private final RandomAccessFile file;
  private final long capacity;
  private long written;

  private OutputRing(RandomAccessFile file, long capacity, long written) {
    this.file = file;
    this.capacity = capacity;
    this.written = written;
  }

  /** Makes the file, or opens one that an earlier agent wrote. */
  static OutputRing open(Path path, long capacity) throws IOException {
    var file = new RandomAccessFile(path.toFile(), "rw");
    return new OutputRing(file, capacity, file.length() >= HEAD ? file.readLong() : 0);
  }

  synchronized void append(byte[] bytes, int length) throws IOException {
    for (int done = 0; done < length; ) {
      long at = written % capacity;
      int part = (int) Math.min(length - done, capacity - at);
      file.seek(HEAD + at);
      file.write(bytes, done, part);
      written += part;
      done += part;
    }
    file.seek(0);
    file.writeLong(written);
  }

  /** How many bytes there were. */
  synchronized long written() {
    return written;
  }

  /**
   * Bytes of the stream.
   *
   * @param offset of the first of them: where it was asked for, or behind what is not kept any more
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Piece(long offset, byte[] bytes) {}

  /** What is kept from an offset on, at most {@code limit} bytes; empty at the end. */
  synchronized Piece read(long from, int limit) throws IOException {
    long offset = Math.max(from, written - capacity);
    var bytes = new byte[Math.clamp(written - offset, 0, limit)];
    for (int done = 0; done < bytes.length; ) {
      long at = (offset + done) % capacity;
      int part = (int) Math.min(bytes.length - done, capacity - at);
      file.seek(HEAD + at);
      file.readFully(bytes, done, part);
      done += part;
    }
    return new Piece(offset, bytes);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
