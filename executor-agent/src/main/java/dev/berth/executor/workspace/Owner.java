package dev.berth.executor.workspace;

/**
 * Whose the files of a copy are.
 *
 * @param assign whether this agent can give files to others; if not, they are the agent's own
 */
public record Owner(int uid, int gid, boolean assign) {
  /** The user providers run as in a sandbox. */
  public static final Owner SANDBOX = new Owner(10001, 10001, true);

  /** For an agent that is not root. */
  public static final Owner SELF = new Owner(-1, -1, false);
}
