package dev.berth.executor.journal;

/**
 * How far a journal has been turned into events: bytes of each stream, and steps that took no bytes
 * since they last moved. Positions of one attempt are ordered; the first is {@link #START}. Its
 * start and its end are such steps, so that each is acknowledged by a position of its own.
 */
public record Position(long out, long err, long sub) implements Comparable<Position> {

  public static final Position START = new Position(0, 0, 0);

  public Position {
    if (out < 0 || err < 0 || sub < 0) {
      throw new IllegalArgumentException("a position is never negative");
    }
  }

  public long of(JournalStream stream) {
    return stream == JournalStream.OUT ? out : err;
  }

  /** Bytes of both streams before it. */
  public long bytes() {
    return out + err;
  }

  /** Behind {@code bytes} more of a stream; the same position for none. */
  public Position plus(JournalStream stream, long bytes) {
    if (bytes == 0) {
      return this;
    }
    return stream == JournalStream.OUT
        ? new Position(out + bytes, err, 0)
        : new Position(out, err + bytes, 0);
  }

  /** Behind one step that takes no bytes. */
  public Position step() {
    return new Position(out, err, sub + 1);
  }

  @Override
  public int compareTo(Position other) {
    int bytes = Long.compare(bytes(), other.bytes());
    return bytes != 0 ? bytes : Long.compare(sub, other.sub);
  }
}
