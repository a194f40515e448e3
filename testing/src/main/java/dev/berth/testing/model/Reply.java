package dev.berth.testing.model;

import java.time.Duration;
import java.util.List;

/** What the model answers one request with. */
sealed interface Reply {

  /**
   * @param end how the stream goes on behind the parts
   */
  record Stream(List<Part> parts, End end) implements Reply {
    public Stream {
      parts = List.copyOf(parts);
    }
  }

  /** An answer that is none: an HTTP status, with the error of the protocol. */
  record Failure(int status) implements Reply {}

  enum End {
    COMPLETE,
    /** The model declines. */
    REFUSAL,
    /** The connection breaks. */
    CUT,
    /** Nothing more comes, and the connection stays. */
    HANG
  }

  sealed interface Part {}

  /**
   * @param pieces each a delta of its own
   * @param pause between them
   */
  record Text(List<String> pieces, Duration pause) implements Part {
    public Text {
      pieces = List.copyOf(pieces);
    }

    String whole() {
      return String.join("", pieces);
    }
  }

  record Thinking(String text) implements Part {}

  record Tool(Action action) implements Part {}

  static Stream say(String text) {
    return new Stream(List.of(text(text)), End.COMPLETE);
  }

  /** Says what it does, and does it. */
  static Stream act(String text, Action action) {
    return new Stream(List.of(text(text), new Tool(action)), End.COMPLETE);
  }

  /** In deltas of a few characters, as models speak. */
  static Text text(String text) {
    return new Text(List.of(text.split("(?<= )")), Duration.ZERO);
  }
}
