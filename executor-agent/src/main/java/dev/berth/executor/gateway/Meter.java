package dev.berth.executor.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads an answer as it passes, and counts its tokens: of each event of a stream, or of the answer
 * as a whole. It keeps no more than one event, and nothing of what is said. For one thread.
 */
final class Meter {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A longer event, or answer, is not counted. */
  private static final int LONGEST = 8 << 20;

  private final boolean events;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private boolean tooLong;
  private boolean complete;
  private Usage usage = Usage.NONE;

  /**
   * @param events whether it comes as server-sent events
   */
  Meter(boolean events) {
    this.events = events;
  }

  void read(byte[] bytes, int from, int to) {
    int begin = from;
    for (int i = from; events && i < to; i++) {
      if (bytes[i] == '\n') {
        keep(bytes, begin, i);
        event();
        begin = i + 1;
      }
    }
    keep(bytes, begin, to);
  }

  private void keep(byte[] bytes, int from, int to) {
    if (line.size() + to - from > LONGEST) {
      tooLong = true;
    }
    if (!tooLong) {
      line.write(bytes, from, to - from);
    }
  }

  private void event() {
    String text = tooLong ? "" : line.toString(StandardCharsets.UTF_8);
    tooLong = false;
    line.reset();
    if (text.startsWith("data:")) {
      String data = text.substring("data:".length()).strip();
      complete |= data.equals("[DONE]");
      // most events have no count, and need not be understood
      if (data.contains("\"usage\"")
          || data.contains("message_stop")
          || data.contains("response.completed")) {
        count(data);
      }
    }
  }

  /** Nothing follows; answers what was counted. */
  Usage end() {
    if (!events && !tooLong) {
      count(line.toString(StandardCharsets.UTF_8));
    } else {
      event();
    }
    return usage;
  }

  Usage usage() {
    return usage;
  }

  /** Whether a stream said that it is complete. */
  boolean complete() {
    return complete;
  }

  private void count(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      return;
    }
    if (root == null) {
      return;
    }
    String type = root.path("type").asText();
    complete |= type.equals("message_stop") || type.startsWith("response.completed");
    for (JsonNode at : new JsonNode[] {root, root.path("message"), root.path("response")}) {
      JsonNode found = at.path("usage");
      if (found.isObject()) {
        usage = usage.later(of(found));
      }
    }
  }

  private static Usage of(JsonNode usage) {
    if (usage.has("prompt_tokens")) {
      long cached = usage.path("prompt_tokens_details").path("cached_tokens").asLong();
      return new Usage(
          usage.path("prompt_tokens").asLong() - cached,
          cached,
          usage.path("completion_tokens").asLong());
    }
    long details = usage.path("input_tokens_details").path("cached_tokens").asLong();
    if (details > 0) {
      return new Usage(
          usage.path("input_tokens").asLong() - details,
          details,
          usage.path("output_tokens").asLong());
    }
    return new Usage(
        usage.path("input_tokens").asLong() + usage.path("cache_creation_input_tokens").asLong(),
        usage.path("cache_read_input_tokens").asLong(),
        usage.path("output_tokens").asLong());
  }
}
