package dev.berth.executor.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.executor.journal.JournalStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Standard output that is one JSON object a line. What is none is logged as it is. A line longer
 * than {@link Dialogue#LONGEST} is left out, with a warning.
 */
public final class JsonLines {

  public static final ObjectMapper JSON = new ObjectMapper();

  private static final Logger LOG = LoggerFactory.getLogger(JsonLines.class);

  private final BiConsumer<JsonNode, Consumer<AgentEvent>> lines;
  private boolean skipping;

  /**
   * @param skipping whether the rest of a line is still to be left out
   * @param lines told each object, and where its events go
   */
  public JsonLines(boolean skipping, BiConsumer<JsonNode, Consumer<AgentEvent>> lines) {
    this.skipping = skipping;
    this.lines = lines;
  }

  public boolean skipping() {
    return skipping;
  }

  /** As {@link Dialogue#read}. Deltas that follow each other become one. */
  public int read(
      byte[] bytes, int from, int to, boolean complete, Instant now, Consumer<AgentEvent> events) {
    var joined = new Joined(events);
    int at = from;
    while (at < to) {
      int end = lineEnd(bytes, at, to);
      if (end < 0) {
        if (skipping || (!complete && to - at >= Dialogue.LONGEST)) {
          drop(joined, now);
        } else if (complete) {
          line(bytes, at, to, now, joined);
        } else {
          break;
        }
        at = to;
      } else {
        if (skipping) {
          skipping = false;
        } else {
          line(bytes, at, end, now, joined);
        }
        at = end;
      }
    }
    joined.flush();
    return at - from;
  }

  private void drop(Consumer<AgentEvent> events, Instant now) {
    if (!skipping) {
      skipping = true;
      events.accept(
          new AgentEvent.Warning(
              now, "EVENT_DROPPED", "The program printed a line that is too long to be read."));
    }
  }

  private static int lineEnd(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  private void line(byte[] bytes, int from, int to, Instant now, Consumer<AgentEvent> events) {
    var node = parsed(bytes, from, to);
    if (node == null || !node.isObject() || !understood(node, events)) {
      LogLines.read(JournalStream.OUT, bytes, from, to, true, now, events);
    }
  }

  /** What a sandbox prints is anything; whoever reads it must not fail on it for ever. */
  private boolean understood(JsonNode line, Consumer<AgentEvent> events) {
    try {
      lines.accept(line, events);
      return true;
    } catch (RuntimeException e) {
      LOG.info("a line of a program is not understood, and logged as it is", e);
      return false;
    }
  }

  private static @Nullable JsonNode parsed(byte[] bytes, int from, int to) {
    try {
      return JSON.readTree(bytes, from, to - from);
    } catch (IOException e) {
      return null;
    }
  }

  /** One line. */
  public static byte[] bytes(JsonNode node) {
    return (text(node) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  public static String text(JsonNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON that was read cannot be written", e);
    }
  }

  private static final class Joined implements Consumer<AgentEvent> {
    private static final int MOST_CHARACTERS = 16 << 10;

    private final Consumer<AgentEvent> events;
    private AgentEvent.@Nullable MessageDelta first;
    private final StringBuilder text = new StringBuilder();

    Joined(Consumer<AgentEvent> events) {
      this.events = events;
    }

    @Override
    public void accept(AgentEvent event) {
      if (event instanceof AgentEvent.MessageDelta delta) {
        if (!follows(delta)) {
          flush();
          first = delta;
        }
        text.append(delta.text());
      } else {
        flush();
        events.accept(event);
      }
    }

    private boolean follows(AgentEvent.MessageDelta delta) {
      return first != null
          && first.message().equals(delta.message())
          && first.part() == delta.part()
          && first.parent().equals(delta.parent())
          && text.length() + delta.text().length() <= MOST_CHARACTERS;
    }

    void flush() {
      if (first != null) {
        events.accept(
            new AgentEvent.MessageDelta(
                first.time(), first.message(), first.part(), text.toString(), first.parent()));
        first = null;
        text.setLength(0);
      }
    }
  }
}
