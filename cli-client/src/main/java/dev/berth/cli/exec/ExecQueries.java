package dev.berth.cli.exec;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RunsPrograms;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.Exec;
import dev.berth.v1.ExecState;
import dev.berth.v1.GetExecRequest;
import dev.berth.v1.ListExecsRequest;
import dev.berth.v1.SignalExecRequest;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands about execs there are. */
final class ExecQueries {
  private ExecQueries() {}

  /** What the commands on one exec share. */
  abstract static class OfExec implements Callable<Integer> {
    protected final Cli cli;

    @Parameters(index = "0", paramLabel = "EXEC", description = "Its id, or the begin of it.")
    String typed = "";

    OfExec(Cli cli) {
      this.cli = cli;
    }

    protected Exec exec() {
      var request = GetExecRequest.newBuilder().setExecId(cli.names().exec(typed)).build();
      return cli.connection().execs().getExec(request).getExec();
    }
  }

  @Command(
      name = "attach",
      description = "Come back to an exec: show its output from the begin, and follow it.",
      mixinStandardHelpOptions = true)
  static final class Attach extends OfExec implements RunsPrograms {
    @Option(
        names = {"-i", "--interactive"},
        description = "Give it our standard input. A terminal gets it anyway.")
    boolean interactive;

    @Option(names = "--no-input", description = "Only look, also at a terminal.")
    boolean noInput;

    Attach(Cli cli) {
      super(cli);
    }

    @Override
    public boolean running() {
      return true;
    }

    @Override
    public Integer call() {
      Exec exec = exec();
      boolean input = !noInput && (interactive || exec.getTty());
      return new Conversation(cli, exec.getTty(), input).attach(exec);
    }
  }

  @Command(name = "get", description = "Show an exec.", mixinStandardHelpOptions = true)
  static final class Get extends OfExec {
    Get(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      Exec exec = exec();
      cli.printer()
          .show(
              exec,
              () -> {
                var table = table();
                row(cli, table, exec);
                table.print(cli.printer().out());
              });
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "list",
      aliases = "ls",
      description = "List execs, the newest first.",
      mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Option(
        names = {"-s", "--session"},
        paramLabel = "SESSION",
        description = "Its name, its id, or the begin of its id.")
    @Nullable String session;

    @Option(names = "--active", description = "Only those that have not ended.")
    boolean active;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = ListExecsRequest.newBuilder().setActive(active).setPageSize(1000);
      if (session != null) {
        request.setSessionId(cli.names().session(session));
      }
      var answer = cli.connection().execs().listExecs(request.build());
      cli.printer()
          .show(
              answer,
              () -> {
                var table = table();
                answer.getExecsList().forEach(exec -> row(cli, table, exec));
                table.print(cli.printer().out());
              });
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "signal",
      description = "Send a signal to an exec's processes.",
      mixinStandardHelpOptions = true)
  static final class SendSignal extends OfExec {
    @Parameters(index = "1", paramLabel = "SIGNAL", description = "For example TERM or INT.")
    String signal = "";

    SendSignal(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var name = signal.toUpperCase(Locale.ROOT);
      var request =
          SignalExecRequest.newBuilder()
              .setExecId(cli.names().exec(typed))
              .setSignal(name.startsWith("SIG") ? name.substring(3) : name);
      var answer = cli.connection().execs().signalExec(request.build());
      cli.printer().show(answer);
      return ExitCode.OK.code();
    }
  }

  private static Table table() {
    return new Table("ID", "SESSION", "STATE", "AGE", "COMMAND");
  }

  private static void row(Cli cli, Table table, Exec exec) {
    String end =
        exec.getState() == ExecState.EXEC_STATE_EXITED
            ? " " + exec.getExitCode()
            : exec.getReason().isEmpty() ? "" : " " + exec.getReason();
    table.row(
        exec.getId(),
        exec.getSessionId(),
        Words.constant(exec.getState(), "EXEC_STATE_") + end,
        Words.age(exec.getCreateTime(), cli.clock()),
        String.join(" ", exec.getCommandList()));
  }
}
