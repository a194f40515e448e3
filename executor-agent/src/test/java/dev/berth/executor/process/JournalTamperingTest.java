package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.process.AttemptEnd.Outcome;
import dev.berth.format.FileName;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a sandbox can do to its own journal: append, and nothing else. */
@Timeout(120)
class JournalTamperingTest {

  private ProcessHarness harness;

  @BeforeEach
  void start() throws Exception {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "files of root's need root");
    harness = new ProcessHarness();
  }

  @AfterEach
  void stop() throws Exception {
    if (harness != null) {
      harness.close();
    }
  }

  @Test
  void nothingThatWasPrintedCanBeChangedOrMoved() throws Exception {
    var end =
        harness.ends(
            """
            echo kept; cd /run/berth/*
            for f in out err exit in; do
              cat </dev/null >$f; rm -f $f; mv $f g; ln $f g; chmod 777 $f; mkfifo $f; ln -s /etc/passwd $f
              perl -e 'truncate $ARGV[0], 0 or print STDERR "truncate refused\\n"' $f
            done
            perl -e 'open F, ">&=", 1; truncate F, 0 or print STDERR "own output: refused\\n"'
            rm -rf /run/berth/*; mv /run/berth /run/x; echo last
            """);

    assertThat(end.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(harness.last)).isEqualTo("kept\nlast\n");
    assertThat(harness.err(harness.last)).contains("own output: refused");
    assertThat(harness.err(harness.last).lines().filter(l -> l.equals("truncate refused")))
        .hasSize(4);
  }

  @Test
  void forgedLinesAreOutputAndAForgedExitCodeIsNotBelieved() throws Exception {
    var end =
        harness.ends(
            "cd /run/berth/*; echo forged >>out; echo 'exit 0' >>exit; echo no-program >>exit; sleep 0.3; exit 6");

    assertThat(harness.out(harness.last)).isEqualTo("forged\n");
    assertThat(end.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(end.exitCode()).hasValue(6);
  }

  @Test
  void aFloodedExitFileEndsTheRun() throws Exception {
    var end = harness.ends("cd /run/berth/*; head -c 100000 /dev/zero >>exit; sleep 60");

    assertThat(end.reason()).isEqualTo(EndReason.JOURNAL_DAMAGED);
  }

  @Test
  void aCutJournalIsNoticedAndEndsTheRun() throws Exception {
    var attempt = harness.sh("seq 10000; sleep 60");
    await().until(() -> harness.out(attempt).endsWith("10000\n"));
    // Only the host can do this where files are held append-only; elsewhere the sandbox might.
    try (var directory = Directory.open(harness.journal(attempt));
        var out = directory.openFile(FileName.of("out"), Directory.Access.READ)) {
      out.setAppendOnly(false);
    }
    Files.write(harness.journal(attempt).resolve("out"), new byte[0]);
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.reason()).isEqualTo(EndReason.JOURNAL_DAMAGED);
  }

  @Test
  void aFifoSwappedInWhileTheAgentIsAwayDoesNotHangTheNextOne() throws Exception {
    var attempt = harness.sh("seq 100; sleep 60");
    await().until(() -> harness.out(attempt).endsWith("100\n"));
    harness.fall();
    try (var directory = Directory.open(harness.journal(attempt));
        var out = directory.openFile(FileName.of("out"), Directory.Access.READ)) {
      out.setAppendOnly(false);
    }
    Files.delete(harness.journal(attempt).resolve("out"));
    new ProcessBuilder("mkfifo", harness.journal(attempt).resolve("out").toString())
        .start()
        .waitFor();
    harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.reason()).isEqualTo(EndReason.JOURNAL_DAMAGED);
    await()
        .until(() ->
            harness.engine.runtime().guests(harness.container).equals(Optional.of(List.of())));
  }
}
