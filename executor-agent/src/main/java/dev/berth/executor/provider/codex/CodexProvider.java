package dev.berth.executor.provider.codex;

import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.provider.Capabilities;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.Program;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.provider.Takes;
import dev.berth.executor.provider.Turn;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Drives {@code codex}. It names its conversations itself, so the turn can only be begun once it
 * has said the name: that is what the dialogue has of its own to say. The container is the sandbox.
 */
public final class CodexProvider implements Provider {

  private static final String STATE = ".codex";

  @Override
  public String key() {
    return "codex";
  }

  @Override
  public List<String> stateDirectories() {
    return List.of(STATE);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(true, true, true, true, false, true, false);
  }

  @Override
  public Optional<Takes> takes() {
    return Optional.of(
        new Takes(
            List.of(Takes.Field.SYSTEM_PROMPT, Takes.Field.MCP_SERVERS),
            Map.of("effort", List.of("low", "medium", "high"))));
  }

  @Override
  public Program start(Turn turn) {
    return program(turn, CodexWords.start(turn));
  }

  @Override
  public Program resume(Turn turn) {
    return program(turn, CodexWords.resume(turn));
  }

  private static Program program(Turn turn, byte[] thread) {
    var input = new ByteArrayOutputStream();
    input.writeBytes(CodexWords.greeting());
    input.writeBytes(thread);
    var argv = new ArrayList<String>();
    argv.add("codex");
    CodexSettings.of(turn).forEach((name, value) -> argv.addAll(List.of("-c", name + "=" + value)));
    argv.add("app-server");
    var environment = new HashMap<>(turn.environment());
    environment.put("HOME", SandboxUsers.HOME);
    environment.put("CODEX_HOME", SandboxUsers.HOME + "/" + STATE);
    if (!turn.reached().url().isEmpty()) {
      environment.put(CodexSettings.KEY, turn.reached().key());
    }
    return new Program(argv, environment, input.toByteArray(), turn.prompt());
  }

  @Override
  public Dialogue dialogue(String opening, byte[] state) {
    return new CodexDialogue(opening, state);
  }
}
