package dev.berth.cli.run;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.v1.AgentSpec;
import dev.berth.v1.PermissionMode;
import dev.berth.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options about what an agent program is asked. */
final class AgentOptions {
  @Option(
      names = "--agent",
      defaultValue = "",
      paramLabel = "KEY",
      description = {
        "Ask an agent program: claude-code or codex. What follows is the prompt.",
        "Its session's image must have it, such as berth/worker-agents:latest."
      })
  String key = "";

  @Option(names = "--model", defaultValue = "", description = "Default: the program's own choice.")
  String model = "";

  @Option(
      names = "--conversation",
      defaultValue = "",
      paramLabel = "ID",
      description = "Go on with it; berth run get shows which one a run belongs to.")
  String conversation = "";

  @Option(
      names = "--system-prompt",
      defaultValue = "",
      paramLabel = "TEXT",
      description = "Added to the program's own.")
  String systemPrompt = "";

  @Option(
      names = "--permissions",
      defaultValue = "allow",
      paramLabel = "WHO",
      description = {
        "Who decides of what it wants to do: allow (nobody: the container is the sandbox),",
        "accept-edits or ask. Default: ${DEFAULT-VALUE}."
      })
  Permissions permissions = Permissions.allow;

  @Option(names = "--allow-tool", paramLabel = "TOOL", description = "Needs nobody. Repeatable.")
  List<String> allowed = new ArrayList<>();

  @Option(names = "--deny-tool", paramLabel = "TOOL", description = "It has not. Repeatable.")
  List<String> denied = new ArrayList<>();

  @Option(
      names = "--max-turns",
      defaultValue = "0",
      paramLabel = "N",
      description = "Requests to the model. Default: no bound.")
  int maxTurns;

  @Option(
      names = "--mcp",
      paramLabel = "FILE",
      description = "MCP servers by name, as JSON of berth.v1.AgentSpec.mcp_servers.")
  @Nullable Path mcp;

  @Option(
      names = "--agent-option",
      paramLabel = "NAME=VALUE",
      description = "What else the provider takes: docs/PROVIDERS.md. Repeatable.")
  Map<String, String> options = new LinkedHashMap<>();

  /** As it is typed. */
  enum Permissions {
    allow(PermissionMode.PERMISSION_MODE_ALLOW),
    accept_edits(PermissionMode.PERMISSION_MODE_ACCEPT_EDITS),
    ask(PermissionMode.PERMISSION_MODE_ASK);

    final PermissionMode mode;

    Permissions(PermissionMode mode) {
      this.mode = mode;
    }

    @Override
    public String toString() {
      return name().replace('_', '-');
    }
  }

  boolean asked() {
    return !key.isEmpty();
  }

  void fill(RunSpec.Builder run, List<String> words) throws IOException {
    var agent =
        AgentSpec.newBuilder()
            .setPrompt(String.join(" ", words))
            .setModel(model)
            .setConversationId(conversation)
            .setSystemPrompt(systemPrompt)
            .setPermissionMode(permissions.mode)
            .addAllAllowedTools(allowed)
            .addAllDeniedTools(denied)
            .setMaxTurns(maxTurns);
    if (mcp != null) {
      agent.putAllMcpServers(servers(mcp));
    }
    options.forEach((name, value) ->
        agent
            .getOptionsBuilder()
            .putFields(name, Value.newBuilder().setStringValue(value).build()));
    run.setProvider(key).setAgent(agent);
  }

  private static Map<String, dev.berth.v1.McpServer> servers(Path file) throws IOException {
    var message = AgentSpec.newBuilder();
    try {
      JsonFormat.parser().merge("{\"mcpServers\":" + Files.readString(file) + "}", message);
    } catch (InvalidProtocolBufferException e) {
      throw new CliException(
          ExitCode.USAGE,
          file + " does not hold MCP servers: " + e.getMessage(),
          "It looks like {\"files\": {\"stdio\": {\"command\": \"mcp-files\", \"args\": [\"/workspace\"]}}}.");
    }
    return message.getMcpServersMap();
  }
}
