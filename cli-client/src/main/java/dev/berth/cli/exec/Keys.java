package dev.berth.cli.exec;

import java.io.ByteArrayOutputStream;

/**
 * What the user types at a terminal: passed on, but for Ctrl-P Ctrl-Q, which detaches. A Ctrl-P
 * waits for what follows it.
 */
final class Keys {
  private static final int CTRL_P = 0x10;
  private static final int CTRL_Q = 0x11;

  private boolean held;
  private boolean detached;

  /** The bytes to pass on. */
  byte[] typed(byte[] bytes, int length) {
    var passed = new ByteArrayOutputStream(length + 1);
    for (int i = 0; i < length && !detached; i++) {
      if (held && bytes[i] == CTRL_Q) {
        detached = true;
      } else {
        if (held) {
          passed.write(CTRL_P);
        }
        held = bytes[i] == CTRL_P;
        if (!held) {
          passed.write(bytes[i]);
        }
      }
    }
    return passed.toByteArray();
  }

  boolean detached() {
    return detached;
  }
}
