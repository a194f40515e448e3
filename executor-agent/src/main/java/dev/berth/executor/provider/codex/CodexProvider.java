package dev.berth.executor.provider.codex;

import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.provider.Capabilities;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.Program;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.provider.Turn;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    settings(turn).forEach((name, value) -> argv.addAll(List.of("-c", name + "=" + value)));
    argv.add("app-server");
    var environment = new HashMap<>(turn.environment());
    environment.put("HOME", SandboxUsers.HOME);
    environment.put("CODEX_HOME", SandboxUsers.HOME + "/" + STATE);
    environment.put("BERTH_MODEL_KEY", turn.modelKey());
    return new Program(argv, environment, input.toByteArray(), turn.prompt());
  }

  /** Values are TOML. */
  private static Map<String, String> settings(Turn turn) {
    return Map.ofEntries(
        Map.entry("model_provider", "\"berth\""),
        Map.entry("check_for_update_on_startup", "false"),
        Map.entry("analytics.enabled", "false"),
        Map.entry("suppress_unstable_features_warning", "true"),
        Map.entry("features.unbounded_connection_retries", "false"),
        Map.entry("features.default_mode_request_user_input", "true"),
        Map.entry("tools.update_plan.enabled", "true"),
        Map.entry("model_providers.berth.name", "\"berth\""),
        Map.entry("model_providers.berth.base_url", "\"" + turn.modelUrl() + "/v1\""),
        Map.entry("model_providers.berth.env_key", "\"BERTH_MODEL_KEY\""),
        Map.entry("model_providers.berth.wire_api", "\"responses\""),
        Map.entry("model_providers.berth.request_max_retries", "2"),
        Map.entry("model_providers.berth.stream_max_retries", "2"));
  }

  @Override
  public Dialogue dialogue(String opening, byte[] state) {
    return new CodexDialogue(opening, state);
  }
}
