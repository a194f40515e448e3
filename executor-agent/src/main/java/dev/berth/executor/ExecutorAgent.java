package dev.berth.executor;

import dev.berth.common.Channels.Tls;
import dev.berth.executor.link.EnrolmentException;
import dev.berth.executor.state.StateDirectory;
import dev.berth.executor.state.StateDirectoryException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The executor agent's process: one a host, until it is told to end. Containers and their processes
 * outlive it.
 */
@Command(
    name = "executor-agent",
    mixinStandardHelpOptions = true,
    version = "executor-agent " + Agent.VERSION,
    sortOptions = false,
    description = "Runs the workers of Berth on this host.")
public final class ExecutorAgent implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(ExecutorAgent.class);
  private static final int NAME_CHARS = 63;

  @Option(
      names = "--control-plane",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:BERTH_EXECUTOR_CONTROL_PLANE:-127.0.0.1:7401}",
      description = "The control plane's executor listener (default: ${DEFAULT-VALUE}).")
  private String controlPlane = "";

  @Option(
      names = "--tls",
      defaultValue = "${env:BERTH_EXECUTOR_TLS:-false}",
      description = "Encrypt; needed wherever the control plane is not on this host's loopback.")
  private boolean tls;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      defaultValue = "${env:BERTH_EXECUTOR_TLS_CA}",
      description = "Certificates to trust, PEM, instead of the system's. Implies --tls.")
  private @Nullable Path authorities;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = "${env:BERTH_EXECUTOR_STATE_DIR}",
      description = "Where this executor keeps itself (default: $BERTH_HOME/executor).")
  private @Nullable Path stateDirectory;

  @Option(
      names = "--enrolment-token",
      paramLabel = "TOKEN",
      defaultValue = "${env:BERTH_EXECUTOR_ENROLMENT_TOKEN:-}",
      description = "Enrols this executor; needed once. From `berth executor create-token`.")
  private String enrolmentToken = "";

  @Option(
      names = "--name",
      defaultValue = "${env:BERTH_EXECUTOR_NAME:-}",
      description = "What people call it (default: the host's name).")
  private String name = "";

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      split = ",",
      defaultValue = "${env:BERTH_EXECUTOR_LABELS}",
      description = "A label that placement looks at; may be given several times.")
  private @Nullable Map<String, String> labels;

  @Option(
      names = "--max-workers",
      paramLabel = "N",
      defaultValue = "${env:BERTH_EXECUTOR_MAX_WORKERS:-32}",
      description = "At most so many workers at once (default: ${DEFAULT-VALUE}).")
  private int maxWorkers;

  @Option(
      names = "--max-output",
      paramLabel = "BYTES",
      defaultValue = "${env:BERTH_EXECUTOR_MAX_OUTPUT:-1073741824}",
      description =
          "A run that prints more on one stream is ended, and the rest cut (default:"
              + " ${DEFAULT-VALUE}).")
  private long maxOutputBytes;

  @Option(
      names = "--store-patience",
      paramLabel = "SECONDS",
      defaultValue = "${env:BERTH_EXECUTOR_STORE_PATIENCE:-30}",
      description =
          "How long a save or restore tries again before it fails while the object store does not"
              + " answer (default: ${DEFAULT-VALUE}).")
  private int storePatienceSeconds;

  @Option(
      names = "--allow-mount",
      paramLabel = "NAME=/PATH|NAME=volume:VOLUME",
      split = ",",
      defaultValue = "${env:BERTH_EXECUTOR_ALLOW_MOUNTS}",
      description =
          "A directory or volume that sessions' manifests may mount, read-only, by this name; may"
              + " be given several times.")
  private @Nullable Map<String, String> mounts;

  @Option(
      names = "--noop",
      paramLabel = "N",
      defaultValue = "${env:BERTH_EXECUTOR_NOOP:-0}",
      description =
          "Offers the provider noop, which does nothing: so many runs of it at once. For benchmarks"
              + " and tests (default: ${DEFAULT-VALUE}, not offered).")
  private int noops;

  @Option(
      names = "--gateway",
      paramLabel = "FILE",
      defaultValue = "${env:BERTH_EXECUTOR_GATEWAY}",
      description =
          "Where models are and the keys that open them, for sessions whose network is gateway:"
              + " lines such as anthropic.key=… (needs root).")
  private @Nullable Path gateway;

  private ExecutorAgent() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ExecutorAgent()).execute(arguments));
  }

  /**
   * Ends only by a signal, with 0; 1 where the agent cannot start, with a sentence that says why.
   */
  @Override
  public Integer call() throws InterruptedException {
    var config = config();
    try (var state = StateDirectory.open(config.stateDirectory());
        var agent = Agent.start(config, state)) {
      var ended = new CountDownLatch(1);
      var closed = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .name("shutdown")
                  .unstarted(() -> {
                    LOG.info("ending; containers and their processes go on");
                    agent.close();
                    ended.countDown();
                    closed.countDown();
                  }));
      ended.await();
      closed.await();
      return 0;
    } catch (StateDirectoryException | EnrolmentException | AgentException e) {
      LOG.debug("cannot start", e);
      System.err.println(e.getMessage());
      return 1;
    }
  }

  private AgentConfig config() {
    var directory = stateDirectory;
    if (directory == null) {
      var home = System.getenv("BERTH_HOME");
      directory =
          (home == null ? Path.of(System.getProperty("user.home"), ".berth") : Path.of(home))
              .resolve("executor");
    }
    return new AgentConfig(
        controlPlane,
        new Tls(tls || authorities != null, authorities),
        directory,
        enrolmentToken,
        name.isEmpty() ? hostName() : name,
        labels == null ? Map.of() : labels,
        maxWorkers,
        Math.max(1, maxOutputBytes),
        Duration.ofSeconds(Math.max(1, storePatienceSeconds)),
        mounts == null ? Map.of() : mounts,
        Math.max(0, noops),
        gateway);
  }

  private static String hostName() {
    try {
      var host = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
      return host.length() > NAME_CHARS ? host.substring(0, NAME_CHARS) : host;
    } catch (UnknownHostException e) {
      return "executor";
    }
  }
}
