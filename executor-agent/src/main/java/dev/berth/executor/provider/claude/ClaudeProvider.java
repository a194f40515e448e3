package dev.berth.executor.provider.claude;

import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.provider.Capabilities;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.Program;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.provider.Takes;
import dev.berth.executor.provider.Turn;
import dev.berth.executor.provider.Turn.PermissionMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Drives {@code claude}. One process serves a turn: its input ends once the turn is over, and it
 * ends with that. A conversation is known to it by the id that Berth chose.
 */
public final class ClaudeProvider implements Provider {

  private static final String STATE = ".claude";

  /** Its own, each about twice as late as the one before: 8 s in all. */
  private static final String RETRIES = "4";

  @Override
  public String key() {
    return "claude-code";
  }

  @Override
  public List<String> stateDirectories() {
    return List.of(STATE);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(true, true, true, true, true, true, true);
  }

  @Override
  public Optional<Takes> takes() {
    return Optional.of(
        new Takes(
            List.of(Takes.Field.values()),
            Map.of("effort", List.of("low", "medium", "high"), "fallback_model", List.of())));
  }

  @Override
  public Program start(Turn turn) {
    return program(turn, "--session-id");
  }

  @Override
  public Program resume(Turn turn) {
    return program(turn, "--resume");
  }

  private static Program program(Turn turn, String conversation) {
    var argv =
        new ArrayList<>(
            List.of(
                "claude",
                "-p",
                "--input-format",
                "stream-json",
                "--output-format",
                "stream-json",
                "--verbose",
                "--include-partial-messages",
                "--permission-prompt-tool",
                "stdio"));
    option(argv, conversation, turn.conversation());
    option(argv, "--model", turn.model());
    option(argv, "--append-system-prompt", turn.systemPrompt());
    option(argv, "--permission-mode", mode(turn.permissions()));
    option(argv, "--allowedTools", String.join(",", turn.tools().allowed()));
    option(argv, "--disallowedTools", String.join(",", turn.tools().denied()));
    option(argv, "--max-turns", turn.maxTurns() == 0 ? "" : Integer.toString(turn.maxTurns()));
    option(argv, "--effort", turn.options().getOrDefault("effort", ""));
    option(argv, "--fallback-model", turn.options().getOrDefault("fallback_model", ""));
    if (!turn.mcpServers().isEmpty()) {
      option(argv, "--mcp-config", ClaudeWords.servers(turn.mcpServers()));
    }
    return new Program(argv, environment(turn), ClaudeWords.prompt(turn.prompt()), "");
  }

  private static void option(List<String> argv, String name, String value) {
    if (!value.isEmpty()) {
      // one word, so that a value that looks like an option is none
      argv.add(name + "=" + value);
    }
  }

  private static String mode(PermissionMode mode) {
    return switch (mode) {
      case ASK -> "default";
      case ACCEPT_EDITS -> "acceptEdits";
      case ALLOW -> "bypassPermissions";
    };
  }

  private static HashMap<String, String> environment(Turn turn) {
    var environment = new HashMap<>(turn.environment());
    environment.put("HOME", SandboxUsers.HOME);
    environment.put("CLAUDE_CONFIG_DIR", SandboxUsers.HOME + "/" + STATE);
    if (!turn.reached().url().isEmpty()) {
      environment.put("ANTHROPIC_BASE_URL", turn.reached().url());
      environment.put("ANTHROPIC_API_KEY", turn.reached().key());
    }
    environment.put("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
    environment.put("DISABLE_AUTOUPDATER", "1");
    environment.put("DISABLE_TELEMETRY", "1");
    environment.put("DISABLE_ERROR_REPORTING", "1");
    environment.putIfAbsent("CLAUDE_CODE_MAX_RETRIES", RETRIES);
    environment.put("ENABLE_TOOL_SEARCH", "false");
    // newer models are not given the list of things to do unless it is asked for
    environment.put("CLAUDE_CODE_ENABLE_TASKS", "0");
    environment.put("CLAUDE_CODE_ENABLE_TODO_TOOLS", "1");
    return environment;
  }

  @Override
  public Dialogue dialogue(String opening, byte[] state) {
    return new ClaudeDialogue(state);
  }
}
