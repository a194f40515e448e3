package dev.berth.executor.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.executor.journal.JournalStream;
import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * A dialogue with a program that prints one JSON object a line, whose turn ends by its own account.
 *
 * @param <S> what is known behind what was read: an immutable record that JSON can hold
 */
public abstract class JsonDialogue<S extends Record> implements Dialogue {

  private static final byte[] NOTHING = {};

  private final S begin;
  private final JsonLines lines;
  private S state;
  private S written;
  private boolean skipped;
  private byte[] bytes;
  private Instant now = Instant.EPOCH;

  private record Kept(boolean skipping, JsonNode state) {}

  /**
   * @param begin what is known before anything was read
   * @param bytes what {@link #state} answered, or empty
   */
  @SuppressWarnings("unchecked") // the class of a record of type S
  protected JsonDialogue(S begin, byte[] bytes) {
    this.begin = begin;
    this.bytes = bytes;
    if (bytes.length == 0) {
      this.state = begin;
    } else {
      try {
        var kept = JsonLines.JSON.readValue(bytes, Kept.class);
        this.state = (S) JsonLines.JSON.treeToValue(kept.state(), begin.getClass());
        this.skipped = kept.skipping();
      } catch (IOException e) {
        throw new IllegalStateException("a state that cannot be read", e);
      }
    }
    this.written = state;
    this.lines = new JsonLines(skipped, this::line);
  }

  @Override
  public final int read(
      JournalStream stream,
      byte[] bytes,
      int from,
      int to,
      boolean complete,
      Instant now,
      Consumer<AgentEvent> events) {
    if (stream == JournalStream.ERR) {
      return LogLines.read(stream, bytes, from, to, complete, now, events);
    }
    this.now = now;
    return lines.read(bytes, from, to, complete, now, events);
  }

  private void line(JsonNode line, Consumer<AgentEvent> events) {
    state = line(state, line, now, events);
  }

  /** Tells what a line says, and answers what is known behind it. */
  protected abstract S line(S state, JsonNode line, Instant now, Consumer<AgentEvent> events);

  /** What is known so far. */
  protected final S known() {
    return state;
  }

  @Override
  public final byte[] state() {
    if (state != written || lines.skipping() != skipped) {
      written = state;
      skipped = lines.skipping();
      bytes = written();
    }
    return bytes;
  }

  private byte[] written() {
    if (!skipped && state.equals(begin)) {
      return NOTHING;
    }
    try {
      return JsonLines.JSON.writeValueAsBytes(new Kept(skipped, JsonLines.JSON.valueToTree(state)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public final boolean judges() {
    return true;
  }
}
