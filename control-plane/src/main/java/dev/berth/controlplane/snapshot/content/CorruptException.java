package dev.berth.controlplane.snapshot.content;

import dev.berth.common.Id.PackId;

/** What is stored is missing, or not what was saved. The message is a sentence for users. */
public final class CorruptException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient PackId pack;

  CorruptException(PackId pack, String message) {
    super(message);
    this.pack = pack;
  }

  /** The object that is damaged. */
  public PackId pack() {
    return pack;
  }

  public String message() {
    return String.valueOf(getMessage());
  }
}
