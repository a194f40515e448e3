package dev.berth.cli.exec;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RunsPrograms;
import dev.berth.v1.StartExecRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth exec …}. */
@Command(
    name = "exec",
    description = {
      "Run a command or a terminal in a session, beside its runs, and exit with its code.",
      "It goes on when you leave: Ctrl-P Ctrl-Q leaves a terminal, a second Ctrl-C leaves a"
          + " command; berth exec attach comes back. It ends with the session's worker; what must"
          + " survive that is a run."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      ExecQueries.Attach.class,
      ExecQueries.Get.class,
      ExecQueries.ListAll.class,
      ExecQueries.SendSignal.class
    })
public final class ExecCommand implements Callable<Integer>, RunsPrograms {
  private final Cli cli;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-i", "--interactive"},
      description = "Give it our standard input.")
  boolean interactive;

  @Option(
      names = {"-t", "--tty"},
      description = "Give it a terminal.")
  boolean terminal;

  @Option(
      names = {"-d", "--detach"},
      description = "Print its id and leave it to itself.")
  boolean detach;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME=VALUE",
      description = "Repeatable.")
  Map<String, String> environment = new LinkedHashMap<>();

  @Option(
      names = {"-w", "--cwd"},
      defaultValue = "",
      paramLabel = "DIR",
      description = "Absolute. Default: /workspace.")
  String workingDirectory = "";

  @Parameters(
      index = "0",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "SESSION",
      description = "Its name, its id, or the begin of its id.")
  String session = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "-- COMMAND",
      description = "The program and its arguments. Default with -t: sh.")
  List<String> command = new ArrayList<>();

  ExecCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public boolean running() {
    return true;
  }

  @Override
  public Integer call() {
    if (session.isEmpty() || (command.isEmpty() && !terminal)) {
      throw new ParameterException(
          spec.commandLine(), "Say where and what: berth exec SESSION -- command…");
    }
    var request = request();
    if (detach) {
      var exec = cli.connection().execs().startExec(request).getExec();
      cli.printer().show(exec, () -> cli.printer().out().println(exec.getId()));
      return ExitCode.OK.code();
    }
    return new Conversation(cli, terminal, interactive).start(request);
  }

  private StartExecRequest request() {
    var request =
        StartExecRequest.newBuilder()
            .setSessionId(cli.names().session(session))
            .addAllCommand(command.isEmpty() ? List.of("sh") : command)
            .putAllEnvironment(environment)
            .setWorkingDirectory(workingDirectory)
            .setTty(terminal);
    if (terminal) {
      Optional.ofNullable(cli.environment("TERM"))
          .filter(term -> !environment.containsKey("TERM"))
          .ifPresent(term -> request.putEnvironment("TERM", term));
      Terminal.size().ifPresent(request::setSize);
    }
    return request.build();
  }
}
