package dev.berth.benchmarks;

import dev.berth.testing.stack.Program;
import dev.berth.testing.stack.Stack;
import java.sql.Connection;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Claim to settle of runs that do nothing, {@value #AT_ONCE} at a time by a real executor agent and
 * its link; beside job schedulers that do the same with as many connections to the same PostgreSQL,
 * and the bare rows. Then the same with two replicas, with a million runs that wait, and with a
 * snapshot of the database held; and how long a single run waits for its claim.
 */
final class RunQueue implements Benchmark {
  static final int AT_ONCE = 8;
  static final int CONNECTIONS = 8;

  private static final int WARM_UP = 12_000;
  private static final int RUNS = 6_000;
  private static final int REPLICA_ROUNDS = 2;
  private static final int JOBRUNR_JOBS = 4_000;
  private static final int IDLE_RUNS = 500;
  private static final int MANY = 1_000_000;
  private static final int WAITING_SECONDS = 10;
  private static final int SNAPSHOT_SECONDS = 60;
  private static final double STAYS = 1 / 0.7;

  private static final String OURS = "claim to settle, 8 at a time";
  private static final String BARE = "bare SQL, batches of 8, one connection";
  private static final String DB_SCHEDULER = "db-scheduler, 8 threads";
  private static final String JOBRUNR = "JobRunr, 8 workers";
  private static final String HUNDRED = "claim to settle, 100 at a time";
  private static final String BARE_HUNDRED = "bare SQL, batches of 100, one connection";
  private static final String IDLE = "call to create, to claimed, idle queue";
  private static final String WAITING = "with 1,000,000 waiting";
  private static final String SNAPSHOT = "with a snapshot held for 60 s";
  private static final String TWO = "two replicas, an executor each";
  private static final String ONE = "one replica, two executors";
  private static final String LOCAL = "local";

  /** What can be measured alone; the others are measured against {@link #SETTLE}. */
  enum Part {
    SETTLE,
    IDLE,
    REPLICAS,
    HUNDRED,
    WAITING
  }

  private final Set<Part> parts;
  private int queues;

  RunQueue(Set<Part> parts) {
    this.parts = parts;
  }

  @Override
  public Times run(int rounds) throws Exception {
    Times times = new Times();
    try (Stack stack =
            Stack.startWithoutExecutor(
                Map.of(
                    Program.JAVA_OPTIONS,
                    AsShipped.PLANE,
                    "BERTH_DATABASE_POOL_SIZE",
                    String.valueOf(CONNECTIONS)));
        Peers peers = new Peers(stack.dataSource())) {
      stack.startExecutor(LOCAL, noops(AT_ONCE));
      besidePeers(stack, peers, parts.contains(Part.SETTLE) ? rounds : 1, times);
      for (Part part : parts) {
        switch (part) {
          case SETTLE -> {}
          case IDLE -> idle(stack, times);
          case REPLICAS -> replicas(stack, times);
          case HUNDRED -> atOnce(stack, rounds, times);
          case WAITING -> manyWaiting(stack, times);
        }
      }
    }
    times.against(OURS, DB_SCHEDULER, 0.5);
    return times;
  }

  private static Map<String, String> noops(int atOnce) {
    return Map.of(
        Program.JAVA_OPTIONS, AsShipped.AGENT, "BERTH_EXECUTOR_NOOP", String.valueOf(atOnce));
  }

  private QueueRows queue(Stack stack) {
    return QueueRows.make(stack, "bench-" + ++queues);
  }

  private void besidePeers(Stack stack, Peers peers, int rounds, Times times) throws Exception {
    settled(stack, LOCAL, OURS, WARM_UP, new Times());
    bare(stack, AT_ONCE, BARE, new Times());
    double warm = peers.dbScheduler(WARM_UP);
    assert warm > 0;
    for (int round = 0; round < rounds; round++) {
      settled(stack, LOCAL, OURS, RUNS, times);
      times.add(DB_SCHEDULER, "us", peers.dbScheduler(RUNS));
      bare(stack, AT_ONCE, BARE, times);
    }
    times.add(JOBRUNR, "us", peers.jobRunr(JOBRUNR_JOBS));
  }

  /** From the first claim to the last end, and what processor time each part took. */
  private void settled(Stack stack, String executor, String what, int runs, Times times)
      throws Exception {
    try (QueueRows queue = queue(stack)) {
      queue.fill(runs);
      Map<String, Long> programs = new LinkedHashMap<>();
      programs.put("control plane", stack.plane().pid());
      programs.put("executor agent", stack.executor(executor).pid());
      var processors = new Processors(stack, programs);
      queue.resume();
      queue.awaitEmpty();
      times.add(what, "us", queue.microsPerRun());
      processors.each(times, what, runs);
    }
  }

  private void bare(Stack stack, int batch, String what, Times times) throws Exception {
    try (QueueRows queue = queue(stack);
        Connection database = stack.database()) {
      queue.fill(RUNS);
      times.add(what, "us", BareQueue.microsPerRun(database, "bench-" + queues, RUNS, batch));
    }
  }

  private void idle(Stack stack, Times times) throws Exception {
    try (QueueRows queue = queue(stack)) {
      for (int i = 0; i < IDLE_RUNS; i++) {
        Instant called = Clock.systemUTC().instant();
        double millis = queue.millisToClaim(queue.create(), called);
        if (i >= IDLE_RUNS / 5) {
          times.add(IDLE, "ms", millis);
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    }
    times.reach(IDLE, 2);
    times.reachAlmostAlways(IDLE, 8);
  }

  private void replicas(Stack stack, Times times) throws Exception {
    stack.startExecutor("beside", noops(AT_ONCE));
    pair(stack, ONE, times);
    stack.stopExecutor("beside");
    var replica = stack.addReplica();
    Map<String, String> settings = new HashMap<>(noops(AT_ONCE));
    settings.putAll(replica.toDial());
    stack.startExecutor("there", settings);
    pair(stack, TWO, times);
    stack.stopExecutor("there");
    replica.close();
    times.against(TWO, ONE, 1);
  }

  private void pair(Stack stack, String what, Times times) throws Exception {
    for (int round = -1; round < REPLICA_ROUNDS; round++) {
      try (QueueRows queue = queue(stack)) {
        queue.fill(round < 0 ? WARM_UP : RUNS);
        queue.resume();
        queue.awaitEmpty();
        if (round >= 0) {
          times.add(what, "us", queue.microsPerRun());
        }
      }
    }
  }

  private void atOnce(Stack stack, int rounds, Times times) throws Exception {
    stack.stopExecutor(LOCAL);
    stack.startExecutor("hundred", noops(100));
    settled(stack, "hundred", HUNDRED, RUNS, new Times());
    for (int round = 0; round < rounds; round++) {
      settled(stack, "hundred", HUNDRED, RUNS, times);
      bare(stack, 100, BARE_HUNDRED, times);
    }
    stack.stopExecutor("hundred");
    stack.startExecutor(LOCAL, noops(AT_ONCE));
  }

  private void manyWaiting(Stack stack, Times times) throws Exception {
    try (QueueRows queue = queue(stack);
        Connection snapshot = stack.database()) {
      queue.fill(MANY);
      queue.resume();
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(WAITING_SECONDS + 2L));
      times.add(WAITING, "us", queue.microsPerRun(WAITING_SECONDS));
      snapshot.setAutoCommit(false);
      snapshot.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      boolean held = snapshot.createStatement().execute("select count(*) from project");
      assert held;
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(SNAPSHOT_SECONDS));
      times.add(SNAPSHOT, "us", queue.microsPerRun(WAITING_SECONDS));
      snapshot.rollback();
    }
    times.against(WAITING, OURS, STAYS);
    times.against(SNAPSHOT, OURS, STAYS);
  }
}
