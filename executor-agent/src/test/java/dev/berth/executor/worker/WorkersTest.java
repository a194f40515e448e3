package dev.berth.executor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.WorkerId;
import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.ListedContainer;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.EndReason;
import dev.berth.executor.workspace.RestoreManifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders brought about on a real engine. */
class WorkersTest {

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

  @Test
  void aWorkerIsMade_runs_isSavedAndStopped_andWokenInTheSameContainer() throws Exception {
    var first = agent.ready(1);
    assertThat(agent.sh(first, 1, "echo hello > greeting").outcome())
        .isEqualTo(AttemptEnd.Outcome.SUCCEEDED);
    agent.workers.order(agent.stop(first, 1, false));
    agent.await(first, WorkerState.STOPPED);
    assertThat(agent.plane.head).isPresent();
    assertThat(agent.plane.snapshots.values())
        .last()
        .satisfies(c -> assertThat(c.quiescent()).isTrue());

    var second = agent.ready(2);
    assertThat(agent.container(second)).isEqualTo(agent.container(first));
    agent.sh(second, 2, "cat greeting > copy");
    assertThat(agent.text("copy")).isEqualTo("hello\n");
  }

  @Test
  void aCopyIsNamedWhenMade_andSaysWhatItTakesOfTheDisk() {
    var worker = agent.ready(1);
    var made = agent.lastCopyReport();
    agent.sh(worker, 1, "head -c 5000000 /dev/urandom > file; sync file");
    agent.workers.order(agent.stop(worker, 1, false));
    agent.await(worker, WorkerState.STOPPED);
    assertThat(made.instance()).isNotEmpty();
    assertThat(agent.lastCopyReport().instance()).isEqualTo(made.instance());
    assertThat(agent.lastCopyReport().diskBytes() - made.diskBytes())
        .isBetween(5_000_000L, 6_000_000L);
  }

  @Test
  void anOrderThatComesAgain_changesNothing() {
    var worker = agent.ready(1);
    var container = agent.container(worker);
    agent.workers.order(agent.ensure(worker, 1));
    agent.workers.order(agent.ensure(worker, 1));
    await()
        .until(() ->
            agent.workerReports.stream()
                    .filter(report -> report.state() == WorkerState.READY)
                    .count()
                > 1);
    agent.await(worker, WorkerState.READY);
    assertThat(agent.container(worker)).isEqualTo(container);
    assertThat(agent.engine.runtime().list()).hasSize(1);
  }

  @Test
  void aStaleOrder_isRefused_andTheNewerWorkerStays() {
    agent.ready(1);
    var newer = agent.ready(2);
    var stale = new WorkerId(agent.ids.next());
    agent.workers.order(agent.ensure(stale, 1));
    agent.await(stale, WorkerState.FAILED);
    var failure = agent.last(stale).orElseThrow().failure();
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).isEqualTo(Failure.Kind.STALE);
    assertThat(agent.sh(newer, 2, "true").outcome()).isEqualTo(AttemptEnd.Outcome.SUCCEEDED);
  }

  @Test
  void aWorkerThatCannotEvenBeBegun_isReportedFailed() throws Exception {
    var worker = new WorkerId(agent.ids.next());
    Files.writeString(agent.state.workers().resolve(worker.toString()), "in the way");
    agent.workers.order(agent.ensure(worker, 1));
    agent.await(worker, WorkerState.FAILED);
    assertThat(agent.last(worker).orElseThrow().failure())
        .extracting(Failure::kind)
        .isEqualTo(Failure.Kind.TEMPORARY);
    agent.ready(2);
  }

  @Test
  void whileTheStoreRefuses_aStopLeavesTheWorkerReady_andNothingIsLost() {
    var worker = agent.ready(1);
    agent.sh(worker, 1, "echo precious > file");
    agent.storeRefuses = true;
    var stop = agent.stop(worker, 1, true);
    agent.workers.order(stop);
    assertThat(agent.answer(stop.number()).failure())
        .extracting(Failure::reason)
        .isEqualTo("STORE_UNAVAILABLE");
    agent.await(worker, WorkerState.READY);
    assertThat(agent.sh(worker, 1, "cat file").outcome()).isEqualTo(AttemptEnd.Outcome.SUCCEEDED);
    agent.storeRefuses = false;
    agent.workers.order(agent.stop(worker, 1, true));
    agent.await(worker, null);
    assertThat(agent.plane.head).isPresent();
    assertThat(agent.engine.runtime().list()).isEmpty();
  }

  @Test
  void whileAClientWrites_aWorkerIsNotStopped_andNobodyElseBeginsTo() {
    var worker = agent.ready(1);
    var stop = agent.stop(worker, 1, false);
    try (var files = agent.workers.access(agent.session, worker, 1, true).orElseThrow()) {
      agent.workers.order(stop);
      assertThat(agent.answer(stop.number()).failure())
          .extracting(Failure::reason)
          .isEqualTo("BUSY");
      agent.await(worker, WorkerState.READY);
    }
    agent.workers.order(agent.stop(worker, 1, false));
    agent.await(worker, WorkerState.STOPPED);
    assertThat(agent.workers.access(agent.session, worker, 1, true)).isEmpty();
  }

  @Test
  void whatOnlyTheExecutorKnowsUnsaved_isSavedBeforeAStop() throws Exception {
    var worker = agent.ready(1);
    agent.sh(worker, 1, "echo precious > file");
    agent.workers.order(agent.stopOfClean(worker, 1));
    agent.await(worker, WorkerState.STOPPED);
    var saved = agent.plane.head;
    assertThat(saved).isPresent();

    agent.workers.order(agent.stopOfClean(agent.ready(2), 2));
    await().until(() -> agent.lastCopyReport().order() > 1);
    assertThat(agent.plane.head).isEqualTo(saved);
  }

  @Test
  void aRemovedContainer_isNoticed_andTheNextWorkerHasTheFiles() throws Exception {
    var worker = agent.ready(1);
    agent.sh(worker, 1, "echo kept > file");
    agent.engine.runtime().remove(agent.container(worker));
    agent.workers.look();
    agent.await(worker, WorkerState.LOST);
    assertThat(agent.last(worker).orElseThrow().failure())
        .extracting(Failure::reason)
        .isEqualTo(Failure.CONTAINER_GONE);
    var next = agent.ready(2);
    agent.sh(next, 2, "cat file > copy");
    assertThat(agent.text("copy")).isEqualTo("kept\n");
  }

  @Test
  void aStoppedContainer_isNoticed_andTheNextWorkerHasTheFiles() throws Exception {
    var worker = agent.ready(1);
    agent.sh(worker, 1, "echo kept > file");
    agent.engine.runtime().stop(agent.container(worker));
    agent.workers.look();
    agent.await(worker, WorkerState.LOST);
    var next = agent.ready(2);
    agent.sh(next, 2, "cat file > copy");
    assertThat(agent.text("copy")).isEqualTo("kept\n");
  }

  @Test
  void aContainerThatServesNoWorker_isRemovedAtTheSecondLook_andNoOther() {
    var worker = agent.ready(1);
    var stray =
        agent
            .engine
            .runtime()
            .create(
                new ContainerSpec(
                    "berth-stray-" + worker,
                    WorkersHarness.IMAGE,
                    new ContainerSpec.Limits(64L << 20, 100, 16),
                    List.of(),
                    ContainerSpec.Network.NONE,
                    SandboxUsers.DEFAULT,
                    ""));
    agent.workers.look();
    assertThat(agent.engine.runtime().inspect(stray)).isPresent();
    agent.workers.look();
    assertThat(agent.engine.runtime().inspect(stray)).isEmpty();
    assertThat(agent.engine.runtime().inspect(agent.container(worker)))
        .get()
        .matches(ContainerInfo::alive);
    assertThat(agent.last(worker).orElseThrow().state()).isEqualTo(WorkerState.READY);
  }

  @Test
  void aStoppedWorkersCopy_isReadAsItLies_andNoneOfAnotherGeneration() throws Exception {
    var worker = agent.ready(1);
    agent.sh(worker, 1, "echo kept > file");
    agent.workers.order(agent.stop(worker, 1, false));
    agent.await(worker, WorkerState.STOPPED);
    assertThat(agent.workers.held(agent.session, 2)).isEmpty();
    try (var held = agent.workers.held(agent.session, 1).orElseThrow()) {
      assertThat(held.files().stat(RelativePath.of("file")).size()).isEqualTo(5);
    }
  }

  @Test
  void aWorkerOfAnAgentThatFell_isTakenUp_withItsRunningProcess() throws Exception {
    var worker = agent.ready(1);
    var attempt =
        agent.start(
            worker,
            1,
            "echo begun > file; while [ ! -e go ]; do sleep 0.1; done; echo done > result");
    await().atMost(Duration.ofSeconds(10)).until(() -> agent.file("file").toFile().exists());
    agent.fall();
    agent.rise();
    var inventory = agent.workers.inventory();
    assertThat(inventory.workers())
        .singleElement()
        .extracting(WorkerReport::state)
        .isEqualTo(WorkerState.READY);
    assertThat(inventory.runs())
        .singleElement()
        .satisfies(run -> {
          assertThat(run.attempt()).isEqualTo(attempt);
          assertThat(run.ended()).isFalse();
        });
    assertThat(inventory.copies()).singleElement().extracting(CopyReport::present).isEqualTo(true);
    agent.workers.welcome(
        new Verdicts(
            Map.of(attempt, inventory.runs().getFirst().acked()),
            Map.of(),
            Set.of(),
            Set.of(worker),
            Set.of(),
            Set.of(),
            Set.of()));
    java.nio.file.Files.createFile(agent.file("go"));
    await().atMost(Duration.ofSeconds(20)).until(() -> agent.ends.containsKey(attempt));
    assertThat(agent.text("result")).isEqualTo("done\n");
  }

  @Test
  void aStart_thatComesAgainAfterTheAgentFell_andAfterItsAttemptIsOver_startsNothing()
      throws Exception {
    var worker = agent.ready(1);
    var order = agent.order(worker, 1, "echo line >> kept; while [ ! -e go ]; do sleep 0.1; done");
    agent.workers.start(order);
    await().atMost(Duration.ofSeconds(10)).until(() -> agent.file("kept").toFile().exists());
    agent.fall();
    agent.rise();
    agent.processes.adopt(order.attempt(), Optional.empty());
    Files.createFile(agent.file("go"));
    await().atMost(Duration.ofSeconds(20)).until(() -> agent.workers.inventory().runs().isEmpty());

    agent.workers.start(order);
    agent.sh(worker, 1, "cat kept > result");
    assertThat(agent.text("result")).isEqualTo("line\n");
  }

  @Test
  void aGivenUpWorker_isSilenced_salvagedAsRescue_andRemoved() throws Exception {
    var worker = agent.ready(1);
    agent.sh(worker, 1, "echo unsaved > file");
    var running = agent.start(worker, 1, "while :; do date >> clock; sleep 0.05; done");
    await().atMost(Duration.ofSeconds(10)).until(() -> agent.file("clock").toFile().exists());
    agent.workers.welcome(
        new Verdicts(
            Map.of(), Map.of(), Set.of(running), Set.of(), Set.of(worker), Set.of(), Set.of()));
    assertThat(agent.engine.runtime().list())
        .extracting(ListedContainer::alive)
        .containsOnly(false);

    var number = agent.nextOrder();
    agent.plane.generation = 2;
    agent.workers.order(new Order.Salvage(agent.session, worker, 1, number));
    assertThat(agent.answer(number).failure()).isNull();
    assertThat(agent.plane.snapshots.values())
        .singleElement()
        .satisfies(c -> assertThat(c.rescued()).isTrue());
    assertThat(agent.plane.head).isEmpty();
    agent.await(worker, null);
    assertThat(agent.engine.runtime().list()).isEmpty();

    var remove = agent.nextOrder();
    agent.workers.order(new Order.RemoveCopy(agent.session, 1, remove));
    assertThat(agent.answer(remove).present()).isFalse();
  }

  @Test
  void aCopyThatServesANewerWorker_isNotRemoved() {
    agent.ready(1);
    agent.ready(2);
    var number = agent.nextOrder();
    agent.workers.order(new Order.RemoveCopy(agent.session, 1, number));
    var answer = agent.answer(number);
    assertThat(answer.present()).isTrue();
    assertThat(answer.failure()).extracting(Failure::kind).isEqualTo(Failure.Kind.STALE);
  }

  @Test
  void aStoppedAndRemovedWorker_comesBackFromTheStore() throws Exception {
    var worker = agent.ready(1);
    agent.sh(worker, 1, "echo far > file");
    agent.workers.order(agent.stop(worker, 1, true));
    agent.await(worker, null);
    var remove = agent.nextOrder();
    agent.workers.order(new Order.RemoveCopy(agent.session, 1, remove));
    agent.answer(remove);
    agent.ready(2);
    assertThat(agent.text("file")).isEqualTo("far\n");
  }

  @Test
  void anImageThatIsNotThere_failsTheWorker_andSaysSo() {
    var worker = new WorkerId(agent.ids.next());
    agent.workers.order(
        new Order.Ensure(
            agent.session,
            worker,
            1,
            "berth/no-such-image:1",
            WorkersHarness.LIMITS,
            Optional.empty(),
            RestoreManifest.NONE,
            Optional.empty(),
            ""));
    agent.await(worker, WorkerState.FAILED);
    assertThat(agent.last(worker).orElseThrow().failure())
        .extracting(Failure::reason)
        .isEqualTo("IMAGE_NOT_FOUND");
  }

  @Test
  void anUnknownProvider_endsTheAttempt_notTheWorker() {
    var worker = agent.ready(1);
    var attempt = new dev.berth.common.Id.AttemptId(agent.ids.next());
    agent.workers.start(
        new RunOrders.Start(
            new dev.berth.common.Id.RunId(agent.ids.next()),
            attempt,
            worker,
            1,
            "nobody",
            java.util.List.of("true"),
            Map.of(),
            RunOrders.Secrets.NONE,
            false,
            "/workspace",
            new byte[0],
            false,
            Duration.ofMinutes(1),
            Duration.ofSeconds(1),
            java.util.List.of(),
            java.util.Optional.empty()));
    await().until(() -> agent.ends.containsKey(attempt));
    assertThat(agent.ends.get(attempt))
        .isNotNull()
        .extracting(AttemptEnd::reason)
        .isEqualTo(EndReason.START_FAILED);
    assertThat(agent.sh(worker, 1, "true").outcome()).isEqualTo(AttemptEnd.Outcome.SUCCEEDED);
  }
}
