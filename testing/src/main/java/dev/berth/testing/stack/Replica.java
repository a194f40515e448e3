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
  private final Path ready;
  private final String key;
  private final Program program;
  private @Nullable Client client;

  private Replica(Path ready, String key, Program program) {
    this.ready = ready;
    this.key = key;
    this.program = program;
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
    Program program =
        Program.start(
            "control-plane",
            "dev.berth.controlplane.Application",
            environment,
            home.resolve("control-plane.log"));
    return new Replica(home.resolve("control-plane.json"), text(first.resolve("api-key")), program);
  }

  boolean isReady() {
    return Files.exists(ready);
  }

  public Program program() {
    return program;
  }

  /** Where executors reach it. */
  public int executorPort() {
    return json(ready).get("executor_port").getAsInt();
  }

  /** Speaks to this control plane only. */
  public Client client() {
    if (client == null) {
      client = new Client(json(ready).get("public_port").getAsInt(), key);
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
