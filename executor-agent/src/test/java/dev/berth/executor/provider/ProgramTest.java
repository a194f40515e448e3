package dev.berth.executor.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.executor.provider.claude.ClaudeProvider;
import dev.berth.executor.provider.codex.CodexProvider;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is started for a turn, by all that may be asked. */
class ProgramTest {
  private static final Map<String, McpServer> SERVERS =
      Map.of("files", new McpServer.Stdio("mcp \"x\"", List.of("-v"), Map.of("LEVEL", "1")));

  private static Turn turn(Turn.Tools tools, int maxTurns, Map<String, String> environment) {
    return new Turn(
        "c-1",
        "do it",
        "/workspace/sub",
        "m",
        "be brief",
        Turn.PermissionMode.ALLOW,
        tools,
        maxTurns,
        SERVERS,
        Map.of("effort", "low"),
        environment,
        Turn.Model.BY_ENVIRONMENT);
  }

  @Test
  void claude_isToldByItsOptions_eachOneWord() {
    var tools = new Turn.Tools(List.of("Read", "Bash(git log:*)"), List.of("WebFetch"));
    var program = new ClaudeProvider().resume(turn(tools, 3, Map.of("ANTHROPIC_API_KEY", "k")));

    assertThat(program.argv())
        .contains(
            "--resume=c-1",
            "--model=m",
            "--append-system-prompt=be brief",
            "--permission-mode=bypassPermissions",
            "--allowedTools=Read,Bash(git log:*)",
            "--disallowedTools=WebFetch",
            "--max-turns=3",
            "--effort=low",
            "--mcp-config={\"mcpServers\":{\"files\":{\"type\":\"stdio\",\"command\":\"mcp"
                + " \\\"x\\\"\",\"args\":[\"-v\"],\"env\":{\"LEVEL\":\"1\"}}}}");
    assertThat(program.environment())
        .containsEntry("ANTHROPIC_API_KEY", "k")
        .doesNotContainKey("ANTHROPIC_BASE_URL");
  }

  @Test
  void codex_isToldBySettingsAndItsFirstWords() {
    var turn = turn(Turn.Tools.ANY, 0, Map.of("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"));
    var program = new CodexProvider().start(turn);

    assertThat(program.argv())
        .contains(
            "model_providers.berth.base_url=\"http://127.0.0.1:1/v1\"",
            "model_providers.berth.env_key=\"OPENAI_API_KEY\"",
            "model_reasoning_effort=\"low\"",
            "mcp_servers.files.command=\"mcp \\\"x\\\"\"",
            "mcp_servers.files.args=[\"-v\"]",
            "mcp_servers.files.env={\"LEVEL\" = \"1\"}");
    assertThat(new String(program.input(), StandardCharsets.UTF_8))
        .contains("\"cwd\":\"/workspace/sub\"", "\"approvalPolicy\":\"never\"", "be brief");
    assertThat(program.opening()).isEqualTo("do it");
  }

  @Test
  void whereTheModelIsReachedFromInside_goesBeforeTheEnvironment() {
    var asked = turn(Turn.Tools.ANY, 0, Map.of("ANTHROPIC_API_KEY", "k", "OPENAI_API_KEY", "k"));
    var through = asked.through(new Turn.Model("http://127.0.0.1:2", "token"));

    assertThat(new ClaudeProvider().start(through).environment())
        .containsEntry("ANTHROPIC_BASE_URL", "http://127.0.0.1:2")
        .containsEntry("ANTHROPIC_API_KEY", "token");
    var codex = new CodexProvider().start(through);
    assertThat(codex.environment()).containsEntry("OPENAI_API_KEY", "token");
    assertThat(codex.argv()).contains("model_providers.berth.base_url=\"http://127.0.0.1:2/v1\"");
  }
}
