package dev.berth.cli.run;

import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RunsPrograms;
import dev.berth.cli.connection.Refusals;
import dev.berth.v1.ErrorReason;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.RunInput;
import dev.berth.v1.RunInputAck;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that give runs input. */
final class RunInputs {
  private RunInputs() {}

  @Command(
      name = "attach",
      description = {
        "Show what a run prints, and give it our standard input where that is a pipe or a file.",
        "Its end is the end of the run's input. Ctrl-C detaches; twice cancels."
      },
      mixinStandardHelpOptions = true)
  static final class Attach extends RunQueries.One implements RunsPrograms {
    @Option(names = "--input", description = "Give it our standard input also from a terminal.")
    boolean input;

    @Option(names = "--no-input", description = "Give it nothing.")
    boolean noInput;

    @Option(names = "--keep-open", description = "Leave the run's input open behind ours.")
    boolean keepOpen;

    @Option(
        names = "--after",
        defaultValue = "0",
        paramLabel = "SEQ",
        description = "Show only what comes behind this event.")
    long after;

    @Option(
        names = {"-q", "--quiet"},
        description = "Nothing but what the program prints.")
    boolean quiet;

    Attach(Cli cli) {
      super(cli);
    }

    @Override
    public boolean running() {
      return true;
    }

    @Override
    public Integer call() {
      String id = id();
      var request = GetRunRequest.newBuilder().setRunId(id).build();
      boolean interactive =
          cli.connection().runs().getRun(request).getRun().getSpec().getInteractive();
      var screen = new RunScreen(cli, id, quiet);
      if (!noInput && (input || (interactive && piped()))) {
        pass(cli, id, screen, !keepOpen);
      }
      return screen.show(after);
    }
  }

  /** Whether our standard input is a pipe or a file: neither a terminal nor nothing. */
  private static boolean piped() {
    try {
      Path stdin = Files.readSymbolicLink(Path.of("/proc/self/fd/0"));
      return stdin.toString().startsWith("pipe:") || Files.isRegularFile(stdin);
    } catch (IOException e) {
      return false;
    }
  }

  /** Gives our standard input to the run from now on, beside whatever else we do. */
  static void pass(Cli cli, String runId, RunScreen screen, boolean close) {
    var sender = new InputSender(cli.connection(), runId, UUID.randomUUID().toString());
    Thread.ofPlatform()
        .daemon()
        .name("input")
        .start(() -> {
          try {
            sender.sendAll(cli.in());
            if (close) {
              var ack = sender.close();
              assert ack.getState() != RunInputAck.State.STATE_REFUSED;
            }
          } catch (IOException e) {
            screen.tell("Our standard input cannot be read: " + e.getMessage());
          } catch (StatusRuntimeException e) {
            // A run that ends before its input does is no failure.
            if (Refusals.reason(e).filter(ErrorReason.ERROR_REASON_RUN_STATE::equals).isEmpty()) {
              screen.tell("It takes no more input: " + e.getStatus().getDescription());
            }
          }
        });
  }

  @Command(
      name = "send",
      description = {
        "Give a run input: a line of text, a file, the end of its input, a signal.",
        "What the run makes of it: berth run watch RUN"
      },
      mixinStandardHelpOptions = true)
  static final class Send extends RunQueries.One {
    @Parameters(index = "1..*", arity = "0..*", paramLabel = "TEXT", description = "One line.")
    List<String> text = new ArrayList<>();

    @Option(
        names = {"-n", "--no-newline"},
        description = "Without the end of the line.")
    boolean noNewline;

    @Option(names = "--file", paramLabel = "FILE", description = "Its bytes; - for ours.")
    @Nullable String file;

    @Option(names = "--close", description = "Then end its input.")
    boolean close;

    @Option(
        names = "--signal",
        paramLabel = "NAME",
        description = "INT, TERM, HUP, QUIT, USR1, USR2, STOP, CONT or WINCH, to its group.")
    @Nullable String signal;

    @Option(
        names = "--input-id",
        paramLabel = "ID",
        description = "Makes a repeated call give it once.")
    @Nullable String inputId;

    Send(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() throws IOException {
      if (text.isEmpty() && file == null && !close && signal == null) {
        throw new CliException(
            ExitCode.USAGE,
            "There is nothing to send.",
            "Give a text, --file, --close or --signal: berth run send RUN TEXT");
      }
      var ids = inputId == null ? UUID.randomUUID().toString() : inputId;
      var sender = new InputSender(cli.connection(), id(), ids);
      if (!text.isEmpty()) {
        String line = String.join(" ", text) + (noNewline ? "" : "\n");
        sender.sendAll(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)));
      }
      if (file != null) {
        try (InputStream from = file.equals("-") ? cli.in() : new FileInputStream(file)) {
          sender.sendAll(from);
        }
      }
      if (signal != null) {
        show(sender.send(RunInput.newBuilder().setSignal(signal)));
      }
      if (close) {
        show(sender.close());
      }
      return ExitCode.OK.code();
    }

    private void show(RunInputAck ack) {
      if (ack.getState() == RunInputAck.State.STATE_REFUSED) {
        throw new CliException(
            ExitCode.CONFLICT, ack.getMessage(), "See its state: berth run get RUN");
      }
      cli.printer().show(ack, () -> {});
    }
  }
}
