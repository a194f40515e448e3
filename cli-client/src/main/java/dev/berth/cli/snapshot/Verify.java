package dev.berth.cli.snapshot;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Progress;
import dev.berth.cli.output.Words;
import dev.berth.v1.SnapshotFinding;
import dev.berth.v1.SnapshotVerification;
import dev.berth.v1.VerifySnapshotRequest;
import picocli.CommandLine.Command;

/** {@code berth snapshot verify}. */
@Command(
    name = "verify",
    description = {
      "Read a whole snapshot from the object store and check every hash.",
      "Prints what is missing or corrupt, and ends with exit code 8 if anything is."
    },
    mixinStandardHelpOptions = true)
final class Verify extends OfSnapshot {

  Verify(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() {
    String id = id();
    var answers =
        cli.connection()
            .snapshots()
            .verifySnapshot(VerifySnapshotRequest.newBuilder().setSnapshotId(id).build());
    SnapshotVerification last = SnapshotVerification.getDefaultInstance();
    try (Progress progress = cli.progress("verify", logicalBytes(id))) {
      while (answers.hasNext()) {
        var answer = answers.next();
        if (cli.printer().json()) {
          cli.printer().line(answer);
        } else if (answer.hasFinding()) {
          progress.close();
          show(answer.getFinding());
        }
        if (answer.hasProgress() || answer.hasResult()) {
          var now = answer.hasResult() ? answer.getResult() : answer.getProgress();
          progress.add(now.getBytesChecked() - last.getBytesChecked());
          last = now;
        }
      }
    }
    if (!cli.printer().json()) {
      cli.printer()
          .out()
          .printf(
              "%s: %s; %d files, %s, in %d packs%n",
              id,
              last.getFindings() == 0 ? "intact" : last.getFindings() + " findings",
              last.getFilesChecked(),
              Words.bytes(last.getBytesChecked()),
              last.getPacksChecked());
    }
    return (last.getFindings() == 0 ? ExitCode.OK : ExitCode.DATA_LOSS).code();
  }

  private void show(SnapshotFinding finding) {
    String what =
        switch (finding.getKind()) {
          case KIND_FILE -> finding.getRoot() + "/" + finding.getPath();
          case KIND_MANIFEST -> "manifest " + finding.getPackId();
          case KIND_PACK, KIND_UNSPECIFIED, UNRECOGNIZED -> "pack " + finding.getPackId();
        };
    cli.printer().out().println(what + ": " + finding.getMessage());
  }
}
