package dev.berth.benchmarks;

import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.berth.executor.v1.AgentEvent;
import dev.berth.executor.v1.StartRun;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Program;
import dev.berth.testing.stack.Replica;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WatchRunResponse;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Events of runs from an executor's batches to watchers: many of one run to a watcher on another
 * replica, and few of many runs to many watchers. Two control planes, one PostgreSQL, the real
 * link.
 */
final class Events implements Benchmark {
  private static final int MANY = 1_000_000;
  private static final int BATCH = 1_000;

  /** What the control plane commits together where batches have piled up. */
  private static final int TOGETHER = 5_000;

  private static final int RUNS = 100;
  private static final int WATCHERS = 1_000;
  private static final int WARM_UP_SECONDS = 3;
  private static final int SECONDS = 20;
  private static final int PER_SECOND = 10;
  private static final byte[] LINE =
      "a line of some sixty characters, as programs print them\n"
          .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private final Times times = new Times();

  @Override
  public Times run(int rounds) throws Exception {
    Path logs = Files.createTempDirectory("berth-bench-");
    String java = AsShipped.PLANE + " -Xlog:gc:" + logs.resolve("gc-%p.log");
    try (Stack stack = Stack.startWithoutExecutor(Map.of(Program.JAVA_OPTIONS, java))) {
      Replica replica = stack.addReplica();
      int port =
          JsonParser.parseString(Files.readString(stack.home().resolve("control-plane.json")))
              .getAsJsonObject()
              .get("executor_port")
              .getAsInt();
      try (LinkedExecutor executor = LinkedExecutor.connect(stack.client(), port)) {
        for (int round = 0; round < rounds; round++) {
          flood(stack, replica, executor, "flood-" + round);
          floors(stack);
        }
        fanOut(stack, replica, executor);
      }
    }
    try (var files = Files.newDirectoryStream(logs)) {
      for (Path log : files) {
        times.add("heap of a control plane, most in use", "MiB", HeapLog.most(log));
        Files.delete(log);
      }
    }
    Files.delete(logs);
    times.reach("heap of a control plane, most in use", 512);
    return times;
  }

  /** A million events of one run, to one watcher on the other replica. */
  private void flood(Stack stack, Replica replica, LinkedExecutor executor, String name)
      throws Exception {
    StartRun run = started(stack.client(), executor, name);
    var publishing = new Publishing(executor.channel());
    publishing.started(run);
    publishing.flush();
    var watcher = new Watcher(MANY + 2L);
    watcher.open(replica.client(), run.getRunId());
    List<AgentEvent> batch = Collections.nCopies(BATCH, Publishing.line(ByteString.copyFrom(LINE)));
    Map<String, Long> programs = new LinkedHashMap<>();
    programs.put("control plane with the executor's link", stack.plane().pid());
    programs.put("control plane with the watcher", replica.program().pid());
    programs.put("benchmark: executor and watcher", ProcessHandle.current().pid());
    var cpu = new Processors(stack, programs);
    long from = System.nanoTime();
    for (int sent = 0; sent < MANY; sent += BATCH) {
      publishing.publish(run, 1L + sent, batch);
    }
    publishing.flush();
    times.add("1,000,000 events: all committed", System.nanoTime() - from);
    watcher.await();
    long took = watcher.endNanos - from;
    times.add("1,000,000 events: all seen", took);
    times.add("events end to end", "k/s", MANY / (took / 1e6));
    cpu.into(times);
    times.reach("1,000,000 events: all seen", MANY / 50.0);
  }

  private void floors(Stack stack) throws Exception {
    times.add(
        "floor: the same rows by bare SQL, 5,000 at a time",
        EventFloors.sql(stack.home(), MANY, TOGETHER, LINE));
    times.add("floor: the same batches by bare gRPC", EventFloors.grpc(MANY, BATCH, LINE));
  }

  /**
   * A hundred runs with ten watchers each, half of them on either replica. What the first seconds
   * print counts for nobody's time.
   */
  private void fanOut(Stack stack, Replica replica, LinkedExecutor executor) throws Exception {
    List<StartRun> runs = new ArrayList<>();
    var publishing = new Publishing(executor.channel());
    for (int i = 0; i < RUNS; i++) {
      StartRun run = started(stack.client(), executor, "fan-" + i);
      publishing.started(run);
      runs.add(run);
    }
    publishing.flush();
    List<Watcher> watchers = new ArrayList<>();
    int ticks = (WARM_UP_SECONDS + SECONDS) * PER_SECOND;
    long expected = 2L + ticks;
    for (int i = 0; i < WATCHERS; i++) {
      var watcher = new Watcher(expected);
      watcher.open(
          i % 2 == 0 ? stack.client() : replica.client(), runs.get(i / 2 % RUNS).getRunId());
      watchers.add(watcher);
    }
    for (Watcher watcher : watchers) {
      watcher.awaitFirst();
    }
    long begin = System.nanoTime();
    for (int tick = 0; tick < ticks; tick++) {
      for (int i = 0; i < RUNS; i++) {
        // spread over the tick, as programs are
        long due =
            begin
                + TimeUnit.SECONDS.toNanos(tick) / PER_SECOND
                + TimeUnit.SECONDS.toNanos(i) / PER_SECOND / RUNS;
        LockSupport.parkNanos(due - System.nanoTime());
        var now = ByteBuffer.allocate(Long.BYTES).putLong(System.nanoTime()).flip();
        publishing.publish(
            runs.get(i), 1L + tick, List.of(Publishing.line(ByteString.copyFrom(now))));
      }
    }
    publishing.flush();
    String name = "1,000 watchers: from print to seen";
    for (Watcher watcher : watchers) {
      watcher.await();
      watcher.delays.stream()
          .skip(WARM_UP_SECONDS * PER_SECOND)
          .forEach(nanos -> times.add(name, nanos));
    }
    times.reachAlmostAlways(name, 100);
  }

  private static StartRun started(Client client, LinkedExecutor executor, String name)
      throws Exception {
    String session = client.createSession(name, SessionSpec.getDefaultInstance()).getId();
    return executor.awaitStart(client.createRun(session, "bench").getId());
  }

  /** Counts what it sees of one run; where an event says when it was printed, how long it took. */
  private static final class Watcher implements StreamObserver<WatchRunResponse> {
    private final long expected;
    private final CountDownLatch first = new CountDownLatch(1);
    private final CountDownLatch all = new CountDownLatch(1);
    final Queue<Long> delays = new ConcurrentLinkedQueue<>();
    volatile long endNanos;
    private volatile String failure = "";
    private long seen;

    Watcher(long expected) {
      this.expected = expected;
    }

    void open(Client client, String run) {
      RunServiceGrpc.newStub(client.channel())
          .watchRun(WatchRunRequest.newBuilder().setRunId(run).build(), this);
    }

    @Override
    public void onNext(WatchRunResponse answer) {
      for (RunEvent event : answer.getEventsList()) {
        if (event.getSeq() != ++seen) {
          failure = "event " + event.getSeq() + " came as number " + seen;
        }
        if (event.getLog().getData().size() == Long.BYTES) {
          delays.add(System.nanoTime() - event.getLog().getData().asReadOnlyByteBuffer().getLong());
        }
      }
      if (seen > 0) {
        first.countDown();
      }
      if (seen >= expected) {
        endNanos = System.nanoTime();
        all.countDown();
      }
    }

    void awaitFirst() throws InterruptedException {
      check(first.await(1, TimeUnit.MINUTES));
    }

    void await() throws InterruptedException {
      check(all.await(5, TimeUnit.MINUTES));
    }

    private void check(boolean there) {
      if (!there || !failure.isEmpty()) {
        throw new IllegalStateException(
            "a watcher saw " + seen + " of " + expected + " events: " + failure);
      }
    }

    @Override
    public void onError(Throwable thrown) {
      failure = thrown.toString();
      first.countDown();
      all.countDown();
    }

    @Override
    public void onCompleted() {}
  }
}
