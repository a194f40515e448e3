package dev.berth.cli.run;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.cli.RunsPrograms;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.OnBusy;
import dev.berth.v1.Resources;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.WaitRunRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth run -s SESSION -- command…}, and {@code berth run list|get|…} about runs. */
@Command(
    name = "run",
    description = {
      "Run a program in a session, show what it prints, and exit with its code;",
      "or ask an agent: berth run -s SESSION --agent claude-code \"what to do\".",
      "Ctrl-C detaches; twice cancels. Without -s it runs in a session made for it and deleted after."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      RunQueries.Get.class,
      RunQueries.ListAll.class,
      BatchRuns.class,
      CancelRuns.class,
      RunQueries.Wait.class,
      RunQueries.Watch.class,
      RunInputs.Attach.class,
      RunInputs.Send.class,
      AgentInputs.Answer.class,
      AgentInputs.Interrupt.class,
      RunQueries.Events.class,
      RunQueries.Attempts.class,
      DeadLetters.ListAll.class,
      DeadLetters.Redrive.class
    })
public final class RunCommand implements Callable<Integer>, RunsPrograms {
  /** Agent programs are in no other image of ours, and are larger than most. */
  private static final SessionSpec AGENTS =
      SessionSpec.newBuilder()
          .setImage("berth/worker-agents:latest")
          .setResources(Resources.newBuilder().setMemoryBytes(2L << 30).setPids(512))
          .build();

  private final Cli cli;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-s", "--session"},
      paramLabel = "SESSION",
      description = "Its name, its id, or the begin of its id.")
  @Nullable String session;

  @Option(
      names = "--provider",
      defaultValue = "",
      paramLabel = "KEY",
      description = "What drives it. Default: exec, which runs the program as it is.")
  String provider = "";

  @Option(
      names = "--no-session",
      description = "For a provider that needs no worker, such as noop: it runs in no session.")
  boolean noSession;

  @Option(names = "--queue", defaultValue = "", description = "Id or name. Default: default.")
  String queue = "";

  @Option(
      names = "--priority",
      defaultValue = "0",
      paramLabel = "N",
      description = "Higher goes first, in its queue and its session; -1000 to 1000.")
  int priority;

  @Option(
      names = "--after",
      paramLabel = "TIME",
      converter = After.Converter.class,
      description = "Not before: 10m from now, or at 2027-01-31T08:00:00Z.")
  @Nullable After after;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME=VALUE",
      description = "No secrets, but --secret: runs show it. Repeatable.")
  Map<String, String> environment = new LinkedHashMap<>();

  @Option(names = "--cwd", defaultValue = "", paramLabel = "DIR", description = "Under /workspace.")
  String workingDirectory = "";

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "Its standard input, at most 1 MiB; - for ours.")
  @Nullable String input;

  @Option(
      names = {"-i", "--interactive"},
      description = {
        "Leave its standard input open, and give it ours behind --input, to its end.",
        "With -d: it waits for berth run attach and berth run send."
      })
  boolean interactive;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "Default: 1h.")
  @Nullable Duration timeout;

  @Mixin SecretOptions secrets = new SecretOptions();
  @Mixin AgentOptions agent = new AgentOptions();

  @Mixin RetryOptions retry = new RetryOptions();

  @Mixin TimeOptions times = new TimeOptions();

  @Option(
      names = "--if-busy",
      defaultValue = "enqueue",
      paramLabel = "WHAT",
      description = {
        "Where the session has a run: enqueue, reject, or interrupt, which cancels it.",
        "Default: ${DEFAULT-VALUE}."
      })
  IfBusy ifBusy = IfBusy.enqueue;

  /** As it is typed. */
  enum IfBusy {
    enqueue,
    reject,
    interrupt
  }

  @Option(
      names = "--artifact",
      paramLabel = "GLOB",
      description = {
        "Keep these files of the workspace once it has ended, such as 'dist/*.tgz'.",
        "A directory stands for all files in it. Repeatable."
      })
  List<String> artifacts = new ArrayList<>();

  @Option(
      names = "--artifact-retention",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "Default: as long as the session.")
  @Nullable Duration artifactRetention;

  @Option(names = "--name", defaultValue = "")
  String name = "";

  @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Repeatable.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Mixin RequestId requestId = new RequestId();

  @Option(
      names = {"-d", "--detach"},
      description = "Print the run's id and leave it to itself.")
  boolean detach;

  @Option(
      names = "--wait",
      description = "Show nothing of what it prints; show the run once it has ended.")
  boolean wait;

  @Option(
      names = {"-q", "--quiet"},
      description = "Nothing but what the program prints.")
  boolean quiet;

  @Parameters(
      arity = "0..*",
      paramLabel = "-- COMMAND",
      description = "The program and its arguments; with --agent the prompt.")
  List<String> command = new ArrayList<>();

  RunCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public boolean running() {
    return true;
  }

  @Override
  public Integer call() throws IOException {
    if (command.isEmpty() && provider.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          agent.asked()
              ? "Say what to do: berth run -s SESSION --agent " + agent.key + " \"prompt\""
              : "Say what to run: berth run -s SESSION -- command…");
    }
    if (agent.asked() && !provider.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--agent names the provider already.");
    }
    Run run = cli.connection().runs().createRun(request()).getRun();
    if (detach) {
      cli.printer().show(run, () -> cli.printer().out().println(run.getId()));
      return ExitCode.OK.code();
    }
    return wait ? await(run) : stream(run);
  }

  private CreateRunRequest request() throws IOException {
    var runSpec =
        RunSpec.newBuilder()
            .setProvider(provider)
            .putAllEnvironment(environment)
            .setWorkingDirectory(workingDirectory)
            .setInteractive(interactive)
            .addAllArtifacts(artifacts)
            .setPriority(priority)
            .setInput(input == null ? ByteString.EMPTY : read(input));
    if (agent.asked()) {
      agent.fill(runSpec, command);
    } else {
      runSpec.addAllCommand(command);
    }
    if (after != null) {
      after.fill(runSpec);
    }
    if (timeout != null) {
      runSpec.setTimeout(timeout);
    }
    if (artifactRetention != null) {
      runSpec.setArtifactRetention(artifactRetention);
    }
    secrets.fill(runSpec);
    retry.fill(runSpec);
    times.fill(runSpec, cli.clock());
    var request =
        CreateRunRequest.newBuilder()
            .setOnBusy(OnBusy.valueOf("ON_BUSY_" + ifBusy.name().toUpperCase(Locale.ROOT)))
            .setSpec(runSpec)
            .setQueue(queue)
            .setName(name)
            .putAllLabels(labels)
            .setRequestId(requestId.text);
    if (session != null) {
      request.setSessionId(cli.names().session(session));
    } else if (!noSession) {
      request.setSessionSpec(agent.asked() ? AGENTS : SessionSpec.getDefaultInstance());
    }
    return request.build();
  }

  private ByteString read(String file) throws IOException {
    return file.equals("-")
        ? ByteString.readFrom(cli.in())
        : ByteString.copyFrom(Files.readAllBytes(Path.of(file)));
  }

  private int await(Run run) {
    Run now = run;
    while (!now.hasEnd()) {
      now =
          cli.connection()
              .runs()
              .waitRun(WaitRunRequest.newBuilder().setRunId(run.getId()).build())
              .getRun();
    }
    RunView.print(cli, now);
    return exitCode(now);
  }

  private int stream(Run run) {
    var screen = new RunScreen(cli, run.getId(), quiet);
    if (interactive) {
      RunInputs.pass(cli, run.getId(), screen, true);
    }
    return screen.show(0);
  }

  static int exitCode(Run run) {
    if (run.getEnd().hasExitCode()) {
      return run.getEnd().getExitCode();
    }
    return run.getState() == RunState.RUN_STATE_SUCCEEDED
        ? ExitCode.OK.code()
        : ExitCode.RUN_FAILURE.code();
  }
}
