package dev.berth.executor.provider;

import java.util.List;
import java.util.Map;

/** A server of tools, by the Model Context Protocol. */
public sealed interface McpServer {

  /** A program in the sandbox. */
  record Stdio(String command, List<String> args, Map<String, String> environment)
      implements McpServer {
    public Stdio {
      args = List.copyOf(args);
      environment = Map.copyOf(environment);
    }
  }

  record Http(String url, Map<String, String> headers) implements McpServer {
    public Http {
      headers = Map.copyOf(headers);
    }
  }
}
