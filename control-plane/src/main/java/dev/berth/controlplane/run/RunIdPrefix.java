package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;

/**
 * The run ids whose text starts with a prefix, as a range; ids sort as bytes as they do as text.
 */
record RunIdPrefix(RunId first, RunId last) {
  private static final String HEAD = RunId.PREFIX + "_";
  private static final int LENGTH = HEAD.length() + 26;

  /** Throws {@link IllegalArgumentException} where no id starts so. */
  static RunIdPrefix of(String text) {
    if (!text.startsWith(HEAD) || text.length() > LENGTH) {
      throw new IllegalArgumentException("must be the beginning of an id: " + HEAD + "…");
    }
    // The first digit holds three bits only.
    String top = text.length() == HEAD.length() ? text + "7" : text;
    return new RunIdPrefix(
        RunId.parse(text + "0".repeat(LENGTH - text.length())),
        RunId.parse(top + "z".repeat(LENGTH - top.length())));
  }
}
