package dev.berth.executor.container;

/**
 * Whom processes of a sandbox run as, by number, since an image need not know them. The
 * keep-alive's user differs from the provider's, so that everything of the provider's can be killed
 * while the container stays.
 */
public record SandboxUsers(int keepAlive, int provider) {

  /** The home directory of providers in every container: scratch, but for what is mounted there. */
  public static final String HOME = "/home/agent";

  /** What an agent that is root uses. */
  public static final SandboxUsers DEFAULT = new SandboxUsers(10_000, 10_001);

  public SandboxUsers {
    if (keepAlive <= 0 || provider <= 0 || keepAlive == provider) {
      throw new IllegalArgumentException("sandbox users must be two different users, neither root");
    }
  }

  /** For an agent that is not root, whose files only a provider of its own uid may write. */
  public static SandboxUsers ofAgent(int uid) {
    return new SandboxUsers(uid == DEFAULT.keepAlive ? uid + 1 : DEFAULT.keepAlive, uid);
  }
}
