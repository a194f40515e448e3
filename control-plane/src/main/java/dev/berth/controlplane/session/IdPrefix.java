package dev.berth.controlplane.session;

import dev.berth.common.Id.SessionId;

/** The ids whose text starts with a prefix, as a range; ids sort as bytes as they do as text. */
record IdPrefix(SessionId first, SessionId last) {
  private static final int LENGTH = (SessionId.PREFIX + "_").length() + 26;

  /** Throws {@link IllegalArgumentException} where no id starts so. */
  static IdPrefix of(String text) {
    String head = SessionId.PREFIX + "_";
    if (!text.startsWith(head) || text.length() > LENGTH) {
      throw new IllegalArgumentException("must be the beginning of an id: " + head + "…");
    }
    // The first digit holds three bits only.
    String top = text.length() == head.length() ? text + "7" : text;
    return new IdPrefix(
        SessionId.parse(text + "0".repeat(LENGTH - text.length())),
        SessionId.parse(top + "z".repeat(LENGTH - top.length())));
  }
}
