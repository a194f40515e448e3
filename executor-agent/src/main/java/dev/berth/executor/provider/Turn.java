package dev.berth.executor.provider;

import java.util.List;
import java.util.Map;

/**
 * What one run asks of an agent program. The environment may hold secrets, so none of it is
 * printed. Texts are empty where nothing was said.
 *
 * @param conversation whose turn it is: the program's own name of it, or, where it has not begun it
 *     yet, a UUID to call it by
 * @param workingDirectory absolute
 * @param systemPrompt added to the program's own
 * @param maxTurns requests to the model; 0 for no bound
 * @param options by the names that the provider gives them
 */
public record Turn(
    String conversation,
    String prompt,
    String workingDirectory,
    String model,
    String systemPrompt,
    PermissionMode permissions,
    Tools tools,
    int maxTurns,
    Map<String, McpServer> mcpServers,
    Map<String, String> options,
    Map<String, String> environment,
    Model reached) {

  /** Who decides of what the program wants to do and no rule allows or denies. */
  public enum PermissionMode {
    /** A person. */
    ASK,
    /** A person, but for edits of files. */
    ACCEPT_EDITS,
    /** Nobody: all of it is done. The container is the sandbox. */
    ALLOW
  }

  /**
   * @param allowed those that need no approval
   * @param denied those it must not have
   */
  public record Tools(List<String> allowed, List<String> denied) {
    public static final Tools ANY = new Tools(List.of(), List.of());

    public Tools {
      allowed = List.copyOf(allowed);
      denied = List.copyOf(denied);
    }
  }

  /**
   * @param url where the model is reached from inside the sandbox; empty: where the environment
   *     says
   * @param key what opens it there; worth nothing elsewhere
   */
  public record Model(String url, String key) {
    public static final Model BY_ENVIRONMENT = new Model("", "");

    @Override
    public String toString() {
      return url;
    }
  }

  public Turn {
    mcpServers = Map.copyOf(mcpServers);
    options = Map.copyOf(options);
    environment = Map.copyOf(environment);
  }

  public Turn with(PermissionMode mode) {
    return new Turn(
        conversation,
        prompt,
        workingDirectory,
        model,
        systemPrompt,
        mode,
        tools,
        maxTurns,
        mcpServers,
        options,
        environment,
        reached);
  }

  /** The same with the model reached there. */
  public Turn through(Model other) {
    return new Turn(
        conversation,
        prompt,
        workingDirectory,
        model,
        systemPrompt,
        permissions,
        tools,
        maxTurns,
        mcpServers,
        options,
        environment,
        other);
  }

  @Override
  public String toString() {
    return "Turn[" + conversation + "]";
  }
}
