package dev.berth.controlplane.provider;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.berth.common.Id.ConversationId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.provider.AgentSpec.McpServer;
import dev.berth.controlplane.provider.AgentSpec.Permissions;
import dev.berth.v1.PermissionMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What agents are asked, between messages and the domain. */
public final class AgentProtoMapper {
  private static final String FIELD = "spec.agent.";
  private static final int MOST_OPTIONS = 64;
  private static final int LONGEST_OPTION = 4096;

  private AgentProtoMapper() {}

  /** Applies the defaults, and refuses what nobody could be asked, naming the field. */
  public static AgentSpec spec(dev.berth.v1.AgentSpec spec) {
    Fields.requireNoNul(FIELD + "prompt", spec.getPrompt());
    Fields.requireNoNul(FIELD + "model", spec.getModel());
    Fields.requireNoNul(FIELD + "system_prompt", spec.getSystemPrompt());
    tools("allowed_tools", spec.getAllowedToolsList());
    tools("denied_tools", spec.getDeniedToolsList());
    return new AgentSpec(
        spec.getPrompt(),
        spec.getModel(),
        spec.getSystemPrompt(),
        switch (spec.getPermissionMode()) {
          case PERMISSION_MODE_ASK -> Permissions.ASK;
          case PERMISSION_MODE_ACCEPT_EDITS -> Permissions.ACCEPT_EDITS;
          case PERMISSION_MODE_ALLOW, PERMISSION_MODE_UNSPECIFIED, UNRECOGNIZED ->
              Permissions.ALLOW;
        },
        spec.getAllowedToolsList(),
        spec.getDeniedToolsList(),
        spec.getMaxTurns(),
        servers(spec.getMcpServersMap()),
        spec.getConversationId().isEmpty()
            ? null
            : Fields.id(FIELD + "conversation_id", spec.getConversationId(), ConversationId::parse)
                .toString(),
        options(spec.getOptions()));
  }

  private static void tools(String field, List<String> tools) {
    for (int i = 0; i < tools.size(); i++) {
      String at = FIELD + field + "[" + i + "]";
      Fields.requireNoNul(at, tools.get(i));
      if (tools.get(i).startsWith("-")) {
        throw CommonErrors.fieldInvalid(at, "names no tool");
      }
    }
  }

  private static Map<String, McpServer> servers(Map<String, dev.berth.v1.McpServer> asked) {
    Map<String, McpServer> servers = new LinkedHashMap<>();
    asked.forEach((name, server) -> {
      String field = FIELD + "mcp_servers[\"" + name + "\"]";
      Fields.requireNoNul(field, server.getStdio().getCommand() + server.getHttp().getUrl());
      server.getStdio().getArgsList().forEach(arg -> Fields.requireNoNul(field, arg));
      server.getStdio().getEnvironmentMap().values().forEach(v -> Fields.requireNoNul(field, v));
      server.getHttp().getHeadersMap().values().forEach(v -> Fields.requireNoNul(field, v));
      servers.put(
          name,
          new McpServer(
              server.getStdio().getCommand(),
              server.getStdio().getArgsList(),
              server.getStdio().getEnvironmentMap(),
              server.getHttp().getUrl(),
              server.getHttp().getHeadersMap()));
    });
    return servers;
  }

  private static Map<String, String> options(Struct asked) {
    if (asked.getFieldsCount() > MOST_OPTIONS) {
      throw CommonErrors.fieldInvalid(FIELD + "options", "are more than " + MOST_OPTIONS);
    }
    Map<String, String> options = new LinkedHashMap<>();
    asked
        .getFieldsMap()
        .forEach((name, value) -> {
          String field = FIELD + "options[\"" + name + "\"]";
          Fields.requireNoNul(field, name + value.getStringValue());
          if (!value.hasStringValue()
              || value.getStringValue().isEmpty()
              || value.getStringValue().length() > LONGEST_OPTION) {
            throw CommonErrors.fieldInvalid(field, "must be a text of 1 to 4,096 characters");
          }
          options.put(name, value.getStringValue());
        });
    return options;
  }

  public static dev.berth.v1.AgentSpec spec(AgentSpec spec) {
    var message =
        dev.berth.v1.AgentSpec.newBuilder()
            .setPrompt(spec.prompt())
            .setModel(spec.model())
            .setSystemPrompt(spec.systemPrompt())
            .setPermissionMode(
                PermissionMode.valueOf("PERMISSION_MODE_" + spec.permissions().name()))
            .addAllAllowedTools(spec.allowedTools())
            .addAllDeniedTools(spec.deniedTools())
            .setMaxTurns(spec.maxTurns());
    spec.mcpServers().forEach((name, server) -> message.putMcpServers(name, server(server)));
    if (spec.conversation() != null) {
      message.setConversationId(spec.conversation());
    }
    spec.options()
        .forEach((name, value) ->
            message
                .getOptionsBuilder()
                .putFields(name, Value.newBuilder().setStringValue(value).build()));
    return message.build();
  }

  private static dev.berth.v1.McpServer server(McpServer server) {
    var message = dev.berth.v1.McpServer.newBuilder();
    if (server.command().isEmpty()) {
      message.getHttpBuilder().setUrl(server.url()).putAllHeaders(server.headers());
    } else {
      message
          .getStdioBuilder()
          .setCommand(server.command())
          .addAllArgs(server.args())
          .putAllEnvironment(server.environment());
    }
    return message.build();
  }

  /** What an executor says that its providers take. */
  public static List<AgentProvider> providers(List<dev.berth.executor.v1.AgentProvider> providers) {
    return providers.stream()
        .map(provider -> {
          Map<String, List<String>> options = new LinkedHashMap<>();
          provider
              .getOptionsList()
              .forEach(
                  option -> options.put(option.getName(), List.copyOf(option.getValuesList())));
          return new AgentProvider(provider.getKey(), provider.getFieldsList(), options);
        })
        .toList();
  }
}
