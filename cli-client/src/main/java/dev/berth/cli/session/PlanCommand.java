package dev.berth.cli.session;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.PlanRestoreRequest;
import dev.berth.v1.PlanRestoreResponse;
import dev.berth.v1.RestoreEntry;
import picocli.CommandLine.Command;

/** {@code berth session plan}. */
@Command(
    name = "plan",
    description = "Show what bringing up its next worker would write, keep, remove and refuse.",
    mixinStandardHelpOptions = true)
final class PlanCommand extends SessionCommand.One {
  PlanCommand(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() {
    var plan =
        cli.connection()
            .workspaces()
            .planRestore(PlanRestoreRequest.newBuilder().setSessionId(id()).build());
    cli.printer().show(plan, () -> print(plan));
    boolean refused =
        plan.getEntriesList().stream()
            .anyMatch(entry -> entry.getAction() == RestoreEntry.Action.ACTION_REFUSE);
    return refused ? ExitCode.CONFLICT.code() : ExitCode.OK.code();
  }

  private void print(PlanRestoreResponse plan) {
    var out = cli.printer().out();
    var table = new Table("LAYER", "DOES", "PATH", "FILES", "SIZE", "WHY");
    for (RestoreEntry entry : plan.getEntriesList()) {
      table.row(
          Words.constant(entry.getLayer(), "LAYER_"),
          Words.constant(entry.getAction(), "ACTION_"),
          entry.getPath(),
          entry.getFiles() == 0 ? "" : entry.getFiles(),
          entry.getFiles() == 0 ? "" : Words.bytes(entry.getBytes()),
          entry.getDetail());
    }
    table.print(out);
    if (plan.getOmitted() > 0) {
      out.printf("and %,d more%n", plan.getOmitted());
    }
    if (plan.getUnsavedWork()) {
      out.println(
          "An executor's disk holds work that no snapshot has: there it may turn out otherwise.");
    }
  }
}
