package dev.berth.testing.stack;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A further control plane of a {@link Stack}. For one thread. */
public final class Replica implements AutoCloseable {
  static final String DIAL = "BERTH_EXECUTOR_CONTROL_PLANE";

  private final Path home;
  private final String key;
  private final Map<String, String> environment;
  private Program program;
  private @Nullable Client client;

  private Replica(Path home, String key, Map<String, String> environment) {
    this.home = home;
    this.key = key;
    this.environment = environment;
    this.program = launch();
  }

  /**
   * @param first the home of a control plane that runs, with embedded database and store
   * @param home its own; made where missing
   * @param settings those of the first one
   */
  static Replica start(Path first, Path home, Map<String, String> settings) {
    Properties secrets = new Properties();
    try {
      secrets.load(new StringReader(text(first.resolve("embedded.properties"))));
      Files.createDirectories(home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    JsonObject where = json(first.resolve("control-plane.json"));
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("BERTH_HOME", home.toString());
    environment.put("BERTH_LISTENERS_PUBLIC_PORT", "0");
    environment.put("BERTH_LISTENERS_EXECUTOR_PORT", "0");
    environment.put("BERTH_METRICS_PORT", "0");
    environment.put("BERTH_DATABASE_URL", where.get("database_url").getAsString());
    environment.put("BERTH_DATABASE_USER", "postgres");
    environment.put("BERTH_DATABASE_PASSWORD", secrets.getProperty("postgres.password"));
    environment.put("BERTH_STORE_ENDPOINT", where.get("store_endpoint").getAsString());
    environment.put("BERTH_STORE_ACCESS_KEY", secrets.getProperty("store.access-key"));
    environment.put("BERTH_STORE_SECRET_KEY", secrets.getProperty("store.secret-key"));
    return new Replica(home, text(first.resolve("api-key")), environment);
  }

  private Program launch() {
    return Program.start(
        "control-plane",
        "dev.berth.controlplane.Application",
        environment,
        home.resolve("control-plane.log"));
  }

  /** Kills it with SIGKILL and starts it again on the ports it had, without waiting. */
  void killAndLaunch() {
    environment.put("BERTH_LISTENERS_PUBLIC_PORT", port("public_port"));
    environment.put("BERTH_LISTENERS_EXECUTOR_PORT", port("executor_port"));
    program.kill();
    try {
      Files.delete(ready());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    program = launch();
  }

  boolean isReady() {
    return Files.exists(ready());
  }

  public Program program() {
    return program;
  }

  /** A setting of executors: they dial it. */
  public Map<String, String> toDial() {
    return Map.of(DIAL, "127.0.0.1:" + port("executor_port"));
  }

  private Path ready() {
    return home.resolve("control-plane.json");
  }

  private String port(String name) {
    return json(ready()).get(name).getAsString();
  }

  /** Speaks to this control plane only, also once it was started again. */
  public Client client() {
    if (client == null) {
      client = new Client(Integer.parseInt(port("public_port")), key);
    }
    return client;
  }

  @Override
  public void close() {
    if (client != null) {
      client.close();
    }
    program.stop();
  }

  private static JsonObject json(Path file) {
    return JsonParser.parseString(text(file)).getAsJsonObject();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
