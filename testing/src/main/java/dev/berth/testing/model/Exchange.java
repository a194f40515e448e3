package dev.berth.testing.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One request as a script sees it, whatever the protocol. It holds all that an answer depends on:
 * the last {@code [[marker]]} in the user's words chooses the script, and what tools answered since
 * chooses its step.
 *
 * @param turns the markers of the conversation, the last one last
 * @param results what tools answered behind the last marker
 * @param tools names of those offered; without any the request is a side call, such as for a title
 */
record Exchange(
    String model, boolean stream, List<String> turns, List<String> results, Set<String> tools) {

  private static final Pattern MARKER = Pattern.compile("\\[\\[([^\\[\\]]+)]]");

  Exchange {
    turns = List.copyOf(turns);
    results = List.copyOf(results);
    tools = Set.copyOf(tools);
  }

  /** Gathers a conversation in its order. */
  static final class Reader {
    private final List<String> turns = new ArrayList<>();
    private final List<String> results = new ArrayList<>();

    void user(String text) {
      Matcher marker = MARKER.matcher(text);
      while (marker.find()) {
        turns.add(marker.group(1).strip());
        results.clear();
      }
    }

    void result(String text) {
      results.add(text);
    }

    Exchange exchange(String model, boolean stream, Set<String> tools) {
      return new Exchange(model, stream, turns, results, tools);
    }
  }

  /** Empty where the user names no script. */
  String script() {
    return turns.isEmpty() ? "" : turns.getLast();
  }

  int step() {
    return results.size();
  }

  String lastResult() {
    return results.isEmpty() ? "" : results.getLast();
  }
}
