package dev.berth.controlplane.event;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * A position in a project's feed: behind the event {@code id} of the transaction {@code xid},
 * neither of them negative. As text it is opaque.
 */
public record EventCursor(long xid, long id) implements Comparable<EventCursor> {

  /** Before every event. */
  public static final EventCursor START = new EventCursor(0, 0);

  /** Throws {@link IllegalArgumentException} for what {@link #toString} never printed. */
  public static EventCursor parse(String text) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      EventCursor cursor = new EventCursor(bytes.getLong(), bytes.getLong());
      if (bytes.hasRemaining() || cursor.xid < 0 || cursor.id < 0) {
        throw new IllegalArgumentException("is no cursor");
      }
      return cursor;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("is no cursor", e);
    }
  }

  @Override
  public int compareTo(EventCursor other) {
    int transactions = Long.compare(xid, other.xid);
    return transactions != 0 ? transactions : Long.compare(id, other.id);
  }

  @Override
  public String toString() {
    byte[] bytes = ByteBuffer.allocate(2 * Long.BYTES).putLong(xid).putLong(id).array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
