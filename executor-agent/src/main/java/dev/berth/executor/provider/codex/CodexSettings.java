package dev.berth.executor.provider.codex;

import dev.berth.executor.provider.JsonLines;
import dev.berth.executor.provider.McpServer;
import dev.berth.executor.provider.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The settings of {@code codex}, by name; values are TOML. A text is written as JSON writes it,
 * which TOML reads as the same.
 */
final class CodexSettings {

  /** The variable that holds the key of the model. */
  static final String KEY = "OPENAI_API_KEY";

  private static final String URL = "OPENAI_BASE_URL";
  private static final String PUBLIC = "https://api.openai.com";

  private CodexSettings() {}

  static Map<String, String> of(Turn turn) {
    var settings = new LinkedHashMap<String, String>();
    settings.put("model_provider", "\"berth\"");
    settings.put("check_for_update_on_startup", "false");
    settings.put("analytics.enabled", "false");
    settings.put("suppress_unstable_features_warning", "true");
    settings.put("features.unbounded_connection_retries", "false");
    settings.put("features.default_mode_request_user_input", "true");
    settings.put("tools.update_plan.enabled", "true");
    settings.put("model_providers.berth.name", "\"berth\"");
    settings.put("model_providers.berth.base_url", text(url(turn) + "/v1"));
    settings.put("model_providers.berth.env_key", text(KEY));
    settings.put("model_providers.berth.wire_api", "\"responses\"");
    settings.put("model_providers.berth.request_max_retries", "2");
    settings.put("model_providers.berth.stream_max_retries", "2");
    var effort = turn.options().get("effort");
    if (effort != null) {
      settings.put("model_reasoning_effort", text(effort));
    }
    turn.mcpServers().forEach((name, server) -> server("mcp_servers." + name, server, settings));
    return settings;
  }

  private static String url(Turn turn) {
    var url =
        turn.reached().url().isEmpty()
            ? turn.environment().getOrDefault(URL, PUBLIC)
            : turn.reached().url();
    return url.replaceFirst("(/v1)?/?$", "");
  }

  private static void server(String at, McpServer server, Map<String, String> settings) {
    switch (server) {
      case McpServer.Stdio stdio -> {
        settings.put(at + ".command", text(stdio.command()));
        settings.put(at + ".args", texts(stdio.args()));
        if (!stdio.environment().isEmpty()) {
          settings.put(at + ".env", table(stdio.environment()));
        }
      }
      case McpServer.Http http -> {
        settings.put(at + ".url", text(http.url()));
        if (!http.headers().isEmpty()) {
          settings.put(at + ".http_headers", table(http.headers()));
        }
      }
    }
  }

  private static String text(String value) {
    return JsonLines.text(JsonLines.JSON.getNodeFactory().textNode(value));
  }

  private static String texts(List<String> values) {
    return values.stream().map(CodexSettings::text).collect(Collectors.joining(", ", "[", "]"));
  }

  private static String table(Map<String, String> values) {
    return values.entrySet().stream()
        .map(entry -> text(entry.getKey()) + " = " + text(entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
