package dev.berth.executor.provider;

import java.util.List;
import java.util.Map;

/**
 * What a provider takes of a {@link Turn} beside prompt, model, permissions, environment and
 * working directory, which each does.
 *
 * @param options by name the values each may have; none for any text
 */
public record Takes(List<Field> fields, Map<String, List<String>> options) {

  /** As the API names them, in capitals. */
  public enum Field {
    SYSTEM_PROMPT,
    ALLOWED_TOOLS,
    DENIED_TOOLS,
    MAX_TURNS,
    MCP_SERVERS
  }

  public Takes {
    fields = List.copyOf(fields);
    options = Map.copyOf(options);
  }
}
