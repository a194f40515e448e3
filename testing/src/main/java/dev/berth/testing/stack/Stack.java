package dev.berth.testing.stack;

import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.berth.testing.Sources;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import dev.berth.v1.Executor;
import dev.berth.v1.ListExecutorsRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A control plane with its embedded PostgreSQL and object store, and executor agents, all processes
 * of their own with their state in a directory of their own. Closing it stops them and removes
 * their containers, mounts and files. For one thread.
 */
public final class Stack implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);
  private static final String AGENT = "executor-agent";

  private final Path home;
  private final Map<String, String> settings = new HashMap<>();
  private final Map<String, Program> executors = new LinkedHashMap<>();
  private final List<Replica> replicas = new ArrayList<>();
  private @Nullable Program plane;
  private @Nullable Client client;

  private Stack(Path home, Map<String, String> settings) {
    this.home = home;
    this.settings.put("BERTH_HOME", home.toString());
    this.settings.put("BERTH_LISTENERS_PUBLIC_PORT", "0");
    this.settings.put("BERTH_LISTENERS_EXECUTOR_PORT", "0");
    this.settings.put("BERTH_METRICS_PORT", "0");
    this.settings.put("BERTH_SECRETS_KEY_FILE", SecretsKey.in(home).toString());
    this.settings.putAll(settings);
  }

  /** A control plane and one executor named {@code local}, ready. */
  public static Stack start() {
    Stack stack = startWithoutExecutor(Map.of());
    stack.startExecutor("local");
    return stack;
  }

  /**
   * @param settings environment of the control plane, such as {@code BERTH_LEASE_EXECUTOR}
   */
  public static Stack startWithoutExecutor(Map<String, String> settings) {
    try {
      Stack stack = new Stack(Files.createTempDirectory("berth-e2e-"), settings);
      stack.startPlane();
      return stack;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path home() {
    return home;
  }

  public Program plane() {
    return Objects.requireNonNull(plane, "no control plane runs");
  }

  public Program executor(String name) {
    return Objects.requireNonNull(executors.get(name), "no executor " + name);
  }

  /** Speaks to the control plane that runs now; another one after a restart on other ports. */
  public Client client() {
    return Objects.requireNonNull(client, "no control plane runs");
  }

  /** One more client, of the caller's own; it lasts beyond a restart of the control plane. */
  public Client connect() {
    return new Client(
        Integer.parseInt(settings.get("BERTH_LISTENERS_PUBLIC_PORT")),
        text(home.resolve("api-key")));
  }

  /** Starts it, again on the ports it had, and waits until it is ready. */
  public void startPlane() {
    Path ready = home.resolve("control-plane.json");
    deleteIfExists(ready);
    Program started =
        Program.start(
            "control-plane",
            "dev.berth.controlplane.Application",
            settings,
            home.resolve("control-plane.log"));
    plane = started;
    awaitReady("the control plane", started, () -> Files.exists(ready));
    JsonObject where = json(ready);
    settings.put("BERTH_LISTENERS_PUBLIC_PORT", where.get("public_port").getAsString());
    settings.put("BERTH_LISTENERS_EXECUTOR_PORT", where.get("executor_port").getAsString());
    if (client != null) {
      client.close();
    }
    client = new Client(where.get("public_port").getAsInt(), text(home.resolve("api-key")));
  }

  /**
   * A further control plane on the same database and object store, with a home and ports of its
   * own, ready. It goes with the stack.
   */
  public Replica addReplica() {
    return addReplica(Map.of());
  }

  /**
   * As {@link #addReplica()}.
   *
   * @param further settings, beside those of the first one
   */
  public Replica addReplica(Map<String, String> further) {
    Map<String, String> all = new HashMap<>(settings);
    all.putAll(further);
    Replica replica = Replica.start(home, home.resolve("replica-" + (replicas.size() + 2)), all);
    replicas.add(replica);
    awaitReady(replica);
    return replica;
  }

  /** Kills it with SIGKILL and starts it again on the ports it had, ready. */
  public void killAndRestart(Replica replica) {
    replica.killAndLaunch();
    awaitReady(replica);
  }

  private void awaitReady(Replica replica) {
    awaitReady("a further control plane", replica.program(), replica::isReady);
  }

  /** A connection to the embedded PostgreSQL, for what no API tells. */
  public Connection database() {
    try {
      return dataSource().getConnection();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Such connections, for those who make their own. */
  public DataSource dataSource() {
    var secrets = new Properties();
    try (var file = Files.newBufferedReader(home.resolve("embedded.properties"))) {
      secrets.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var source = new PGSimpleDataSource();
    source.setUrl(json(home.resolve("control-plane.json")).get("database_url").getAsString());
    source.setUser("postgres");
    source.setPassword(secrets.getProperty("postgres.password"));
    return source;
  }

  /** The process id of the embedded PostgreSQL's postmaster. */
  public long postmaster() {
    return Long.parseLong(
        text(home.resolve("postgres/data/postmaster.pid")).lines().findFirst().orElseThrow());
  }

  /**
   * Kills the embedded PostgreSQL, all processes of it, with SIGKILL; its control plane starts it
   * again.
   */
  public void killPostgres() {
    ProcessHandle postmaster = ProcessHandle.of(postmaster()).orElseThrow();
    List<ProcessHandle> backends = postmaster.descendants().toList();
    postmaster.destroyForcibly();
    backends.forEach(ProcessHandle::destroyForcibly);
  }

  /** Starts one, enrolled where it is new, and waits until it can take work. */
  public void startExecutor(String name, String... labels) {
    startExecutor(name, Map.of(), labels);
  }

  /**
   * As {@link #startExecutor(String, String...)}.
   *
   * @param settings environment of the executor, such as {@code BERTH_EXECUTOR_MAX_WORKERS}, or
   *     {@link Replica#toDial} of a further control plane
   */
  public void startExecutor(String name, Map<String, String> settings, String... labels) {
    startExecutor(name, List.of(), Program.target(AGENT), settings, labels);
  }

  /** Stops one in order. */
  public void stopExecutor(String name) {
    Objects.requireNonNull(executors.remove(name), name).stop();
  }

  /** Starts one that is not root: a user of that id who may use the engine. Needs root. */
  public void startExecutorAs(int uid, String name, String... labels) {
    Path executors = home.resolve("executors");
    Path state = executors.resolve(name);
    Path target = home.resolve("agent");
    String owner = uid + ":" + uid;
    Path built = Program.target(AGENT);
    check("mkdir", "-p", state.toString(), target.toString());
    check("chmod", "711", home.toString(), executors.toString());
    check("chown", owner, state.toString());
    // where it was built, others may not be let in
    check("sh", "-c", "cp -rL %s/lib %s/*.jar %s".formatted(built, built, target));
    check("chmod", "-R", "a+rX", target.toString());
    String group = check("stat", "-Lc", "%g", "/var/run/docker.sock");
    var who =
        List.of(
            "setpriv",
            "--reuid=" + uid,
            "--regid=" + uid,
            "--groups=" + group,
            "--inh-caps=-all",
            "--no-new-privs");
    startExecutor(name, who, target, Map.of("HOME", state.toString()), labels);
  }

  private static String check(String... command) {
    var result = Shell.run(command);
    if (result.exit() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + result.output());
    }
    return result.output().strip();
  }

  private void startExecutor(
      String name,
      List<String> prefix,
      Path target,
      Map<String, String> settings,
      String... labels) {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("BERTH_HOME", home.toString());
    environment.putIfAbsent(
        Replica.DIAL, "127.0.0.1:" + this.settings.get("BERTH_LISTENERS_EXECUTOR_PORT"));
    Path state = home.resolve("executors").resolve(name);
    if (!Files.exists(state.resolve("executor.json"))) {
      var token =
          client()
              .executors()
              .createEnrolmentToken(CreateEnrolmentTokenRequest.getDefaultInstance());
      environment.put("BERTH_EXECUTOR_ENROLMENT_TOKEN", token.getToken());
    }
    List<String> arguments =
        new ArrayList<>(List.of("--state-dir", state.toString(), "--name", name));
    for (String label : labels) {
      arguments.addAll(List.of("--label", label));
    }
    Program started =
        Program.start(
            prefix,
            target,
            AGENT,
            "dev.berth.executor.ExecutorAgent",
            environment,
            home.resolve("executor-" + name + ".log"),
            arguments.toArray(String[]::new));
    executors.put(name, started);
    awaitReady("executor " + name, started, () -> ready(name));
  }

  /** Runs {@code ./berth} against this stack. */
  public Shell.Result berth(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Sources.root().resolve("berth").toString()));
    command.addAll(List.of(arguments));
    return Shell.run(
        Sources.root(), Map.of("BERTH_HOME", home.toString()), command.toArray(String[]::new));
  }

  /** The executor's own directory of a session's copy; it need not exist. */
  public Path copy(String executor, String sessionId) {
    return home.resolve("executors").resolve(executor).resolve("copies").resolve(sessionId);
  }

  public String executorId(String name) {
    return listExecutors().stream()
        .filter(executor -> executor.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getId();
  }

  /** What the executor says of its host's protections. */
  public Map<String, String> hardening(String name) {
    return listExecutors().stream()
        .filter(executor -> executor.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getHardeningMap();
  }

  @Override
  public void close() {
    List<String> ids = new ArrayList<>();
    if (plane != null && plane.isAlive()) {
      listExecutors().forEach(executor -> ids.add(executor.getId()));
    }
    executors.values().forEach(Program::stop);
    replicas.forEach(Replica::close);
    if (client != null) {
      client.close();
    }
    if (plane != null) {
      plane.stop();
    }
    Leftovers.remove(home, ids);
  }

  private boolean ready(String name) {
    return listExecutors().stream()
        .anyMatch(executor -> executor.getName().equals(name) && executor.getReady());
  }

  private List<Executor> listExecutors() {
    try {
      return client()
          .executors()
          .listExecutors(ListExecutorsRequest.newBuilder().setPageSize(100).build())
          .getExecutorsList();
    } catch (StatusRuntimeException e) {
      return List.of();
    }
  }

  private void awaitReady(String what, Program program, Callable<Boolean> condition) {
    try {
      await(what)
          .atMost(START)
          .pollInterval(Duration.ofMillis(100))
          .failFast(what + " ended", () -> !program.isAlive())
          .until(condition);
    } catch (RuntimeException | Error e) {
      throw new IllegalStateException(what + " did not get ready:\n" + program.tail(), e);
    }
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

  private static void deleteIfExists(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
