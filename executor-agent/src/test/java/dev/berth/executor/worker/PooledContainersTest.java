package dev.berth.executor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.workspace.RestoreManifest;
import dev.berth.executor.workspace.RestoreManifest.Seed;
import dev.berth.format.Sha256;
import dev.berth.format.layer.SeedRule.Policy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers made ahead on a real engine, and what sessions make of them. */
class PooledContainersTest {

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
  void aSessionTakesContainerAndDisk_andIsWokenInThem() throws Exception {
    var pooled = agent.pooled();
    var running = agent.running();
    var first = agent.ready(1, pooled);
    assertThat(running).containsExactly(agent.container(first));
    assertThat(agent.workers.inventory().pooled()).isEmpty();
    run(first, 1, "echo hello > greeting");
    assertThat(agent.text("greeting")).isEqualTo("hello\n");

    agent.workers.order(agent.stop(first, 1, false));
    agent.await(first, WorkerState.STOPPED);
    var second = agent.ready(2);
    assertThat(agent.container(second)).isEqualTo(agent.container(first));
    run(second, 2, "cat greeting > copy");
    assertThat(agent.text("copy")).isEqualTo("hello\n");
  }

  @Test
  void nothingIsLeftOfOne_whoseSessionIsRemoved() throws Exception {
    var worker = agent.ready(1, agent.pooled());
    run(worker, 1, "echo hello > greeting");
    removeCopy(worker, 1);
    assertThat(left()).isEmpty();
    assertThat(agent.running()).isEmpty();
  }

  @Test
  void aSnapshotIsRestored_underTheContainerThatRuns() throws Exception {
    var first = agent.ready(1);
    run(first, 1, "mkdir -p deep/er && echo hello > deep/er/greeting");
    agent.workers.order(agent.stop(first, 1, false));
    agent.await(first, WorkerState.STOPPED);
    removeCopy(first, 1);

    var pooled = agent.pooled();
    var running = agent.running();
    var second = agent.ready(2, pooled);
    assertThat(running).containsExactly(agent.container(second));
    run(second, 2, "cat deep/er/greeting > copy");
    assertThat(agent.text("copy")).isEqualTo("hello\n");
  }

  @Test
  void aManifestIsBroughtAbout_underTheContainerThatRuns() throws Exception {
    var seed = new Seed(RelativePath.of("seeded"), 0644, 0, Sha256.of(new byte[0], 0, 0), 0, 0);
    agent.manifest =
        new RestoreManifest(
            "",
            Policy.KEEP_SESSION,
            List.of(seed),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(seed.path()),
            List.of(),
            false);
    var pooled = agent.pooled();
    var running = agent.running();
    var worker = agent.ready(1, pooled);
    assertThat(running).containsExactly(agent.container(worker));
    run(worker, 1, "test -f seeded && echo hello > greeting");
  }

  @Test
  void aSessionWithItsFilesOnTheDisk_keepsThem_andTheOtherGoes() throws Exception {
    var first = agent.ready(1);
    run(first, 1, "echo hello > greeting");
    agent.workers.order(agent.stop(first, 1, false));
    agent.await(first, WorkerState.STOPPED);
    var pooled = agent.pooled();
    var second = agent.ready(2, pooled);
    assertThat(agent.container(second)).isEqualTo(agent.container(first));
    assertThat(agent.text("greeting")).isEqualTo("hello\n");
    agent.await(pooled, PooledReport.State.REMOVED);
    assertThat(agent.running()).containsExactly(agent.container(second));
  }

  @Test
  void anAgentThatFalls_findsThemAgain() throws Exception {
    var pooled = agent.pooled();
    var running = agent.running();
    agent.fall();
    agent.rise();
    assertThat(agent.workers.inventory().pooled())
        .containsExactly(new PooledReport(pooled, PooledReport.State.READY, null));
    agent.workers.welcome(verdicts(Set.of(pooled)));
    assertThat(running).containsExactly(agent.container(agent.ready(1, pooled)));
  }

  @Test
  void anAgentThatFallsWhileItMakesOne_goesOnWhereItWas() throws Exception {
    var pooled = new PooledContainerId(agent.ids.next());
    var order = new PoolOrder.Make(pooled, WorkersHarness.IMAGE, WorkersHarness.LIMITS);
    agent.workers.order(order);
    var home = new WorkerHome(agent.state.workers().resolve(pooled.toString()));
    await().until(() -> home.pooled().filter(made -> !made.containerId().isEmpty()).isPresent());
    agent.fall();
    agent.rise();
    agent.workers.order(order);
    agent.await(pooled, PooledReport.State.READY);
    await().untilAsserted(() -> assertThat(agent.running()).hasSize(1));
    assertThat(agent.running()).containsExactly(agent.container(agent.ready(1, pooled)));
  }

  @Test
  void oneThatNobodyKnows_isRemoved() throws Exception {
    agent.pooled();
    agent.workers.welcome(verdicts(Set.of()));
    await().atMost(Duration.ofSeconds(20)).until(() -> left().isEmpty());
    assertThat(agent.running()).isEmpty();
  }

  @Test
  void oneRemovedBehindOurBack_isTold_andAWorkerIsMadeWithoutIt() throws Exception {
    var pooled = agent.pooled();
    agent.running().forEach(agent.engine.runtime()::remove);
    agent.workers.look();
    agent.await(pooled, PooledReport.State.FAILED);
    assertThat(left()).isEmpty();
    var worker = agent.ready(1, pooled);
    assertThat(agent.running()).containsExactly(agent.container(worker));
  }

  @Test
  void oneWhoseImageIsGone_fails_andLeavesNothing() throws Exception {
    var pooled = new PooledContainerId(agent.ids.next());
    agent.workers.order(new PoolOrder.Make(pooled, "berth/no-such-image:1", WorkersHarness.LIMITS));
    agent.await(pooled, PooledReport.State.FAILED);
    assertThat(Objects.requireNonNull(agent.last(pooled).orElseThrow().failure()).reason())
        .isEqualTo("IMAGE_NOT_FOUND");
    assertThat(left()).isEmpty();
  }

  private void run(WorkerId worker, long generation, String script) {
    assertThat(agent.sh(worker, generation, script).outcome())
        .isEqualTo(AttemptEnd.Outcome.SUCCEEDED);
  }

  private void removeCopy(WorkerId worker, long generation) {
    agent.workers.order(agent.stop(worker, generation, true));
    agent.await(worker, null);
    var order = agent.nextOrder();
    agent.workers.order(new Order.RemoveCopy(agent.session, generation, order));
    assertThat(agent.answer(order).failure()).isNull();
  }

  /** Directories of pooled containers and of the disks made with them. */
  private List<Path> left() throws Exception {
    try (var copies = Files.list(agent.state.copies());
        var workers = Files.list(agent.state.workers())) {
      return Stream.concat(copies, workers)
          .filter(path -> path.getFileName().toString().startsWith(PooledContainerId.PREFIX))
          .toList();
    }
  }

  private static Verdicts verdicts(Set<PooledContainerId> pooled) {
    return new Verdicts(Map.of(), Map.of(), Set.of(), Set.of(), Set.of(), Set.of(), pooled);
  }
}
