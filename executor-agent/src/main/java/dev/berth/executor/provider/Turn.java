package dev.berth.executor.provider;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What one run asks of an agent program. The environment may hold secrets, so none of it is
 * printed.
 *
 * @param conversation whose turn it is; the program's own name of it where the program lets it be
 *     chosen
 * @param model empty for the program's own choice
 * @param systemPrompt added to the program's own; empty for nothing
 * @param allowedTools those that need no approval
 * @param deniedTools those it must not have
 * @param maxTurns requests to the model; 0 for no bound
 * @param modelUrl where the model is reached from inside the sandbox
 * @param modelKey what opens it there; worth nothing elsewhere
 */
public record Turn(
    UUID conversation,
    String prompt,
    String model,
    String systemPrompt,
    PermissionMode permissions,
    List<String> allowedTools,
    List<String> deniedTools,
    int maxTurns,
    Map<String, String> environment,
    String modelUrl,
    String modelKey) {

  /** Who decides of what the program wants to do and no rule allows or denies. */
  public enum PermissionMode {
    /** A person. */
    ASK,
    /** A person, but for edits of files. */
    ACCEPT_EDITS,
    /** Nobody: all of it is done. The container is the sandbox. */
    ALLOW
  }

  public Turn {
    allowedTools = List.copyOf(allowedTools);
    deniedTools = List.copyOf(deniedTools);
    environment = Map.copyOf(environment);
  }

  public Turn with(PermissionMode mode) {
    return new Turn(
        conversation,
        prompt,
        model,
        systemPrompt,
        mode,
        allowedTools,
        deniedTools,
        maxTurns,
        environment,
        modelUrl,
        modelKey);
  }

  @Override
  public String toString() {
    return "Turn[" + conversation + "]";
  }
}
