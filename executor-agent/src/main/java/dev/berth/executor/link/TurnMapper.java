package dev.berth.executor.link;

import dev.berth.common.Id.ConversationId;
import dev.berth.executor.provider.McpServer;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.provider.Turn;
import dev.berth.executor.provider.Turn.PermissionMode;
import dev.berth.executor.provider.Utterance;
import dev.berth.executor.v1.AgentOption;
import dev.berth.executor.v1.AgentProvider;
import dev.berth.executor.v1.StartRun;
import dev.berth.executor.worker.RunOrders.AgentTurn;
import dev.berth.v1.RunInput;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What agents are asked, from the wire; and what their providers take, to it. */
final class TurnMapper {

  private TurnMapper() {}

  static AgentTurn turn(StartRun message) {
    var asked = message.getTurn();
    var agent = asked.getAgent();
    var name = asked.getProviderConversationId();
    var options = new HashMap<String, String>();
    agent
        .getOptions()
        .getFieldsMap()
        .forEach((option, value) -> options.put(option, value.getStringValue()));
    return new AgentTurn(
        new Turn(
            name.isEmpty()
                ? ConversationId.parse(asked.getConversationId()).value().toString()
                : name,
            agent.getPrompt(),
            message.getWorkingDirectory(),
            agent.getModel(),
            agent.getSystemPrompt(),
            switch (agent.getPermissionMode()) {
              case PERMISSION_MODE_ALLOW -> PermissionMode.ALLOW;
              case PERMISSION_MODE_ACCEPT_EDITS -> PermissionMode.ACCEPT_EDITS;
              case PERMISSION_MODE_ASK, PERMISSION_MODE_UNSPECIFIED, UNRECOGNIZED ->
                  PermissionMode.ASK;
            },
            new Turn.Tools(agent.getAllowedToolsList(), agent.getDeniedToolsList()),
            agent.getMaxTurns(),
            servers(agent.getMcpServersMap()),
            options,
            message.getEnvironmentMap(),
            Turn.Model.BY_ENVIRONMENT),
        !name.isEmpty());
  }

  private static Map<String, McpServer> servers(Map<String, dev.berth.v1.McpServer> messages) {
    var servers = new HashMap<String, McpServer>();
    messages.forEach((name, server) ->
        servers.put(
            name,
            server.hasStdio()
                ? new McpServer.Stdio(
                    server.getStdio().getCommand(),
                    server.getStdio().getArgsList(),
                    server.getStdio().getEnvironmentMap())
                : new McpServer.Http(server.getHttp().getUrl(), server.getHttp().getHeadersMap())));
    return servers;
  }

  static Utterance.Answer answer(RunInput.Answer message) {
    return new Utterance.Answer(
        message.getProviderRequestId(),
        message.getAllow(),
        message.getMessage(),
        message.getAnswersMap());
  }

  /** Those that drive agent programs. */
  static List<AgentProvider> agents(List<Provider> providers) {
    return providers.stream()
        .flatMap(provider ->
            provider.takes().stream()
                .map(takes -> {
                  var message = AgentProvider.newBuilder().setKey(provider.key());
                  takes
                      .fields()
                      .forEach(field -> message.addFields(field.name().toLowerCase(Locale.ROOT)));
                  takes
                      .options()
                      .forEach((name, values) ->
                          message.addOptions(
                              AgentOption.newBuilder().setName(name).addAllValues(values)));
                  return message.build();
                }))
        .toList();
  }
}
