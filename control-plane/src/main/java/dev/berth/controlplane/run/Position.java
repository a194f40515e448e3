package dev.berth.controlplane.run;

/**
 * How far the journal of an attempt has become events: bytes of its two streams, and how many
 * events of the piece that begins there. Within an attempt every part only grows, but {@code sub}
 * starts anew once bytes are left behind; so positions of one attempt are in a total order.
 */
public record Position(long out, long err, long sub) implements Comparable<Position> {

  public static final Position START = new Position(0, 0, 0);

  @Override
  public int compareTo(Position other) {
    int bytes = Long.compare(Math.addExact(out, err), Math.addExact(other.out, other.err));
    return bytes != 0 ? bytes : Long.compare(sub, other.sub);
  }
}
