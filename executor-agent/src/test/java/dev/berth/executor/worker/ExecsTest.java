package dev.berth.executor.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.container.ExecStreams.Stream;
import dev.berth.executor.exec.Attachment;
import dev.berth.executor.exec.ExecOrder;
import dev.berth.executor.exec.ExecRecord;
import dev.berth.executor.process.AttemptEnd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Execs beside attempts, on a real engine. */
class ExecsTest {

  @TempDir Path directory;
  private WorkersHarness agent;

  @BeforeEach
  void start() throws Exception {
    agent = new WorkersHarness(directory);
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  private ExecId exec(WorkerId worker, String script) {
    var id = new ExecId(agent.ids.next());
    agent.workers.start(
        new ExecOrder(
            id,
            agent.session,
            worker,
            1,
            List.of("sh", "-c", script),
            Map.of("COLOR", "blue"),
            "/workspace",
            false,
            24,
            80));
    return id;
  }

  private ExecRecord await(ExecId exec, ExecRecord.State state) {
    return Awaitility.await(exec + " " + state)
        .atMost(Duration.ofSeconds(30))
        .until(() -> reported(exec, state), Optional::isPresent)
        .orElseThrow();
  }

  private Optional<ExecRecord> reported(ExecId exec, ExecRecord.State state) {
    return agent.execReports.stream()
        .filter(report -> report.id().equals(exec) && report.state() == state)
        .findAny();
  }

  private String output(ExecId exec, Stream wanted) throws Exception {
    var bytes = new ByteArrayOutputStream();
    agent
        .execs
        .attach(exec)
        .follow(
            0,
            0,
            (stream, offset, data, truncated) -> {
              if (stream == wanted) {
                bytes.writeBytes(data);
              }
            });
    return bytes.toString(UTF_8);
  }

  @Test
  void aCommand_hasItsStreamsApart_itsExitCode_andTheSandboxesUser() throws Exception {
    var worker = agent.ready(1);
    var exec = exec(worker, "cat; echo \"$COLOR $PWD $(id -u)\"; echo oops >&2; exit 7");
    await(exec, ExecRecord.State.RUNNING);
    Attachment attached = agent.execs.attach(exec);
    attached.data("1", "typed\n".getBytes(UTF_8));
    attached.data("1", "typed\n".getBytes(UTF_8));
    attached.close("2");

    assertThat(await(exec, ExecRecord.State.EXITED).exitCode()).isEqualTo(7);
    assertThat(output(exec, Stream.OUT)).isEqualTo("typed\nblue /workspace 10001\n");
    assertThat(output(exec, Stream.ERR)).isEqualTo("oops\n");
  }

  @Test
  void theEndOfARun_sparesAnExec_andTheEndOfAnExec_sparesARun() throws Exception {
    var worker = agent.ready(1);
    var exec = exec(worker, "echo ready; read line; echo got $line");
    await(exec, ExecRecord.State.RUNNING);
    assertThat(agent.sh(worker, 1, "sleep 1000 & echo done").outcome())
        .isEqualTo(AttemptEnd.Outcome.SUCCEEDED);
    assertThat(guests(worker)).as("what the run left is swept out").isBetween(1, 2);

    var attempt = agent.start(worker, 1, "while [ ! -e go ]; do sleep 0.1; done; echo > gone");
    agent.execs.attach(exec).data("1", "it\n".getBytes(UTF_8));
    assertThat(await(exec, ExecRecord.State.EXITED).exitCode()).isZero();
    assertThat(output(exec, Stream.OUT)).isEqualTo("ready\ngot it\n");
    Files.writeString(agent.file("go"), "");
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> agent.ends.containsKey(attempt));
    assertThat(agent.file("gone")).exists();
  }

  @Test
  void whatAnExecLeavesRunning_goesWithIt_markedOrNot() throws Exception {
    var worker = agent.ready(1);
    var exec = exec(worker, "sleep 1000 & env -i sh -c 'setsid sleep 1000 &' & echo left");
    assertThat(await(exec, ExecRecord.State.EXITED).exitCode()).isZero();
    assertThat(output(exec, Stream.OUT)).isEqualTo("left\n");
    assertThat(guests(worker)).isZero();
  }

  @Test
  void aFlood_isKeptInPart_andSaysFromWhere() throws Exception {
    var worker = agent.ready(1);
    var exec = exec(worker, "head -c 20000000 /dev/zero; echo end");
    await(exec, ExecRecord.State.EXITED);
    var first = new AtomicLong(-1);
    var lost = new AtomicLong();
    var kept = new AtomicLong();
    agent
        .execs
        .attach(exec)
        .follow(
            0,
            0,
            (stream, offset, data, truncated) -> {
              first.compareAndSet(-1, offset);
              lost.addAndGet(truncated);
              kept.addAndGet(data.length);
            });
    assertThat(kept.get()).isEqualTo(4 << 20);
    assertThat(first.get()).isEqualTo(lost.get()).isEqualTo(20_000_004 - kept.get());
  }

  @Test
  void anExec_isLostWithTheAgent_butNotWhatItPrinted_andNothingOfItRunsOn() throws Exception {
    var worker = agent.ready(1);
    var exec = exec(worker, "echo so far; sleep 1000");
    await(exec, ExecRecord.State.RUNNING);
    var printed = new CountDownLatch(1);
    var reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                agent.execs.attach(exec).follow(0, 0, (s, o, d, t) -> printed.countDown());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    assertThat(printed.await(10, TimeUnit.SECONDS)).isTrue();
    reader.interrupt();
    agent.fall();
    agent.rise();

    assertThat(agent.execs.list())
        .singleElement()
        .satisfies(record -> {
          assertThat(record.state()).isEqualTo(ExecRecord.State.LOST);
          assertThat(record.reason()).isEqualTo(ExecRecord.EXECUTOR_RESTARTED);
        });
    assertThat(output(exec, Stream.OUT)).isEqualTo("so far\n");
    assertThat(guests(worker)).isZero();
  }

  @Test
  void whileAnExecRuns_noSaveIsQuiescent_andAStopEndsIt() {
    var worker = agent.ready(1);
    var exec = exec(worker, "echo kept > file; sleep 1000");
    await(exec, ExecRecord.State.RUNNING);
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> agent.file("file").toFile().length() == 5);
    var order = agent.nextOrder();
    agent.workers.order(new Order.Sync(agent.session, 1, order, 0, "REQUESTED"));
    agent.answer(order);
    assertThat(agent.plane.snapshots.values())
        .last()
        .satisfies(c -> assertThat(c.quiescent()).isFalse());

    agent.workers.order(agent.stop(worker, 1, false));
    agent.await(worker, WorkerState.STOPPED);
    assertThat(await(exec, ExecRecord.State.LOST).reason()).isEqualTo(ExecRecord.WORKER_STOPPED);
  }

  private int guests(WorkerId worker) {
    return agent.engine.runtime().guests(agent.container(worker)).orElseThrow().size();
  }
}
