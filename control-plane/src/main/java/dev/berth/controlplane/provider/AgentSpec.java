package dev.berth.controlplane.provider;

import dev.berth.common.Id.ConversationId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an agent program is asked, with defaults applied. Texts are empty where nothing was said.
 *
 * @param maxTurns 0 for no bound
 * @param conversation the one to go on with, as it was asked; null for a new one
 * @param options by the names that the provider gives them
 */
public record AgentSpec(
    String prompt,
    String model,
    String systemPrompt,
    Permissions permissions,
    List<String> allowedTools,
    List<String> deniedTools,
    int maxTurns,
    Map<String, McpServer> mcpServers,
    @Nullable String conversation,
    Map<String, String> options) {

  /** Who decides of what the program wants to do. */
  public enum Permissions {
    ALLOW,
    ACCEPT_EDITS,
    ASK
  }

  /**
   * @param command empty where it is reached by its URL
   */
  public record McpServer(
      String command,
      List<String> args,
      Map<String, String> environment,
      String url,
      Map<String, String> headers) {}

  public AgentSpec {
    allowedTools = List.copyOf(allowedTools);
    deniedTools = List.copyOf(deniedTools);
    mcpServers = Map.copyOf(mcpServers);
    options = Map.copyOf(options);
  }

  /** The fields that are set and that a provider may not take. */
  List<String> asked() {
    List<String> asked = new ArrayList<>();
    add(asked, "system_prompt", !systemPrompt.isEmpty());
    add(asked, "allowed_tools", !allowedTools.isEmpty());
    add(asked, "denied_tools", !deniedTools.isEmpty());
    add(asked, "max_turns", maxTurns > 0);
    add(asked, "mcp_servers", !mcpServers.isEmpty());
    return asked;
  }

  private static void add(List<String> asked, String field, boolean set) {
    if (set) {
      asked.add(field);
    }
  }

  public @Nullable ConversationId conversationId() {
    return conversation == null ? null : ConversationId.parse(conversation);
  }

  /** The same, of that conversation. */
  public AgentSpec in(ConversationId other) {
    return new AgentSpec(
        prompt,
        model,
        systemPrompt,
        permissions,
        allowedTools,
        deniedTools,
        maxTurns,
        mcpServers,
        other.toString(),
        options);
  }

  /** Without what may be long or private. */
  @Override
  public String toString() {
    return "AgentSpec[" + prompt.length() + " characters]";
  }
}
