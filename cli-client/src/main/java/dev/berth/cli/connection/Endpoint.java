package dev.berth.cli.connection;

import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the control plane is and how to be known there. A server that is named (option, then {@code
 * BERTH_SERVER}) is spoken to over TLS unless it is on loopback, with the key in {@code
 * BERTH_API_KEY}; else the local control plane's own files under {@code $BERTH_HOME} (default
 * {@code ~/.berth}) say both.
 */
public record Endpoint(String host, int port, String key, boolean tls, Optional<Path> ca) {
  private static final Pattern ADDRESS = Pattern.compile("\\[?([^\\]]+?)\\]?:(\\d{1,5})");
  private static final Pattern PUBLIC_PORT = Pattern.compile("\"public_port\"\\s*:\\s*(\\d+)");
  private static final String START_HINT =
      "Start one here with ./dev up, or name one with --server HOST:PORT.";

  public static Endpoint find(
      @Nullable String server, @Nullable String ca, Map<String, String> environment) {
    Path home =
        Path.of(
            environment.getOrDefault("BERTH_HOME", System.getProperty("user.home") + "/.berth"));
    String address = server != null ? server : environment.get("BERTH_SERVER");
    String trusted = ca != null ? ca : environment.get("BERTH_CA");
    if (address == null) {
      return new Endpoint(
          "127.0.0.1", localPort(home), key(home, environment), false, Optional.empty());
    }
    var parts = ADDRESS.matcher(address);
    if (!parts.matches()) {
      throw new CliException(ExitCode.USAGE, "\"" + address + "\" is not HOST:PORT.", START_HINT);
    }
    String host = parts.group(1);
    boolean loopback = host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
    return new Endpoint(
        host,
        Integer.parseInt(parts.group(2)),
        key(home, environment),
        trusted != null || !loopback,
        Optional.ofNullable(trusted).map(Path::of));
  }

  private static int localPort(Path home) {
    Path file = home.resolve("control-plane.json");
    try {
      var port = PUBLIC_PORT.matcher(Files.readString(file));
      if (port.find()) {
        return Integer.parseInt(port.group(1));
      }
    } catch (IOException e) {
      throw new CliException(
          ExitCode.UNAVAILABLE,
          "No control plane runs here: " + file + " is not there.",
          START_HINT);
    }
    throw new CliException(ExitCode.UNAVAILABLE, file + " names no port.", START_HINT);
  }

  private static String key(Path home, Map<String, String> environment) {
    String given = environment.get("BERTH_API_KEY");
    if (given != null) {
      return given;
    }
    Path file = home.resolve("api-key");
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new CliException(
          ExitCode.ACCESS,
          "No API key: BERTH_API_KEY is not set and " + file + " cannot be read.",
          "Set BERTH_API_KEY to a key of your project.");
    }
  }
}
