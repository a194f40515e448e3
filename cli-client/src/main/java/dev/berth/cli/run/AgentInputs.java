package dev.berth.cli.run;

import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.v1.RunInput;
import dev.berth.v1.RunInputAck;
import dev.berth.v1.SendRunInputRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that tell agents something while they are under way. */
final class AgentInputs {
  private static final int WAIT_SECONDS = 30;

  private AgentInputs() {}

  /** Waits until the agent has it. */
  private static Integer tell(Cli cli, String run, RunInput.Builder input) {
    var request =
        SendRunInputRequest.newBuilder()
            .setRunId(run)
            .setInput(input.setInputId(UUID.randomUUID().toString()))
            .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(WAIT_SECONDS))
            .build();
    RunInputAck ack = cli.connection().runInputs().sendRunInput(request).getAck();
    if (ack.getState() == RunInputAck.State.STATE_REFUSED) {
      throw new CliException(
          ExitCode.CONFLICT, ack.getMessage(), "See what it asks: berth run events RUN");
    }
    cli.printer().show(ack, () -> {});
    return ExitCode.OK.code();
  }

  @Command(
      name = "answer",
      description = {
        "Decide what an agent asks (human_loop.requested): whether it may, or what it wants to know.",
        "What it asks: berth run events RUN --type human_loop.requested --output json"
      },
      mixinStandardHelpOptions = true)
  static final class Answer extends RunQueries.One {
    @Parameters(index = "1", paramLabel = "REQUEST", description = "The provider_request_id.")
    String request = "";

    @ArgGroup(multiplicity = "1")
    Decision decision = new Decision();

    /** Exactly one of the two. */
    static final class Decision {
      @Option(names = "--allow", required = true, description = "It may.")
      boolean allow;

      @Option(names = "--deny", required = true, description = "It may not.")
      boolean deny;
    }

    @Option(
        names = {"-m", "--message"},
        defaultValue = "",
        description = "Why not, for the agent to read.")
    String message = "";

    @Option(
        names = "--say",
        paramLabel = "QUESTION=ANSWER",
        description = "The answer to a question. Repeatable.")
    Map<String, String> answers = new LinkedHashMap<>();

    Answer(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      return tell(
          cli,
          id(),
          RunInput.newBuilder()
              .setAnswer(
                  RunInput.Answer.newBuilder()
                      .setProviderRequestId(request)
                      .setAllow(decision.allow)
                      .setMessage(message)
                      .putAllAnswers(answers)));
    }
  }

  @Command(
      name = "interrupt",
      description = "End an agent's turn early; its conversation is kept.",
      mixinStandardHelpOptions = true)
  static final class Interrupt extends RunQueries.One {
    Interrupt(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      return tell(
          cli, id(), RunInput.newBuilder().setInterrupt(RunInput.Interrupt.getDefaultInstance()));
    }
  }
}
