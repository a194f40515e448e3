package dev.berth.executor.provider.claude;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.executor.provider.JsonLines;
import dev.berth.executor.provider.McpServer;
import dev.berth.executor.provider.Utterance;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code claude} is told, a line each. */
final class ClaudeWords {

  private ClaudeWords() {}

  static byte[] prompt(String text) {
    var line = JsonLines.JSON.createObjectNode();
    line.put("type", "user");
    var message = line.putObject("message").put("role", "user");
    message.putArray("content").addObject().put("type", "text").put("text", text);
    line.putNull("parent_tool_use_id");
    return JsonLines.bytes(line);
  }

  static byte[] interrupt(String id) {
    var line = JsonLines.JSON.createObjectNode();
    line.put("type", "control_request").put("request_id", id);
    line.putObject("request").put("subtype", "interrupt");
    return JsonLines.bytes(line);
  }

  /**
   * @param questions what it asked, which it wants back with the answers; null for an approval
   */
  static byte[] answer(Utterance.Answer answer, @Nullable JsonNode questions) {
    var line = JsonLines.JSON.createObjectNode();
    line.put("type", "control_response");
    var response = line.putObject("response");
    response.put("subtype", "success").put("request_id", answer.request());
    var decision = response.putObject("response");
    if (!answer.allowed()) {
      decision.put("behavior", "deny").put("message", answer.message()).put("interrupt", false);
    } else {
      decision.put("behavior", "allow");
      if (questions != null) {
        ObjectNode input = decision.putObject("updatedInput");
        input.set("questions", questions);
        var answers = input.putObject("answers");
        answer.answers().forEach(answers::put);
      }
    }
    return JsonLines.bytes(line);
  }

  /** Servers of tools, as its option for them wants them. */
  static String servers(Map<String, McpServer> servers) {
    var config = JsonLines.JSON.createObjectNode();
    var all = config.putObject("mcpServers");
    servers.forEach((name, server) -> {
      var one = all.putObject(name);
      switch (server) {
        case McpServer.Stdio stdio -> {
          one.put("type", "stdio").put("command", stdio.command());
          stdio.args().forEach(one.putArray("args")::add);
          stdio.environment().forEach(one.putObject("env")::put);
        }
        case McpServer.Http http -> {
          one.put("type", "http").put("url", http.url());
          http.headers().forEach(one.putObject("headers")::put);
        }
      }
    });
    return JsonLines.text(config);
  }
}
