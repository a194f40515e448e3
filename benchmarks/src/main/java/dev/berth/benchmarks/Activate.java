package dev.berth.benchmarks;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Program;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.CreatePoolRequest;
import dev.berth.v1.DeletePoolRequest;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.GetPoolRequest;
import dev.berth.v1.GetWorkerRequest;
import dev.berth.v1.Pool;
import dev.berth.v1.PoolExecutor;
import dev.berth.v1.Resources;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * From {@code ActivateSession} with {@code wait} to its answer, side by side with the bare engine:
 * made anew, woken, and a hundred at once; and from a warm pool. A round is {@value #TURNS} turns
 * of all but the hundred, of which a round is one turn, and {@value #HUNDREDS} are made at least.
 */
final class Activate implements Benchmark {
  private static final Duration WAIT = Duration.newBuilder().setSeconds(60).build();
  private static final int TURNS = 8;
  private static final int WARM_UP = 40;
  private static final int AT_ONCE = 100;
  private static final int HUNDREDS = 3;
  private static final int[] CONCURRENCIES = {2, 4, 8};
  private static final int POOL = 4;
  private static final SessionSpec USUAL = SessionSpec.getDefaultInstance();

  /** A hundred of them fit on two cores. */
  private static final SessionSpec SMALL =
      SessionSpec.newBuilder()
          .setResources(Resources.newBuilder().setCpuMillis(80).setMemoryBytes(128L << 20))
          .build();

  private static final String COLD = "activate, cold, empty workspace";
  private static final String BARE = "bare create + start";
  private static final String WARM = "activate from a warm pool";
  private static final String WAKE = "wake on the same executor";
  private static final String BARE_START = "bare start";
  private static final String MANY = "100 activated at once";
  private static final String BARE_MANY = "100 bare starts";

  @Override
  public Times run(int rounds) throws Exception {
    Times times = new Times();
    try (Stack stack = Stack.startWithoutExecutor(Map.of(Program.JAVA_OPTIONS, AsShipped.PLANE))) {
      stack.startExecutor(
          "local",
          Map.of("BERTH_EXECUTOR_MAX_WORKERS", "256", Program.JAVA_OPTIONS, AsShipped.AGENT));
      Client client = stack.client();
      try (Bare bare = like(client, USUAL)) {
        turns(client, bare, WARM_UP, new Times());
        turns(client, bare, rounds * TURNS, times);
        fromPool(client, WARM_UP, new Times());
        fromPool(client, rounds * TURNS, times);
      }
      try (Bare bare = like(client, SMALL)) {
        manyAtOnce(stack, bare, Math.max(HUNDREDS, rounds), times);
      }
    }
    times.against(COLD, BARE, 1.3);
    times.reach(WARM, 60);
    times.reachAlmostAlways(WARM, 150);
    times.against(WAKE, BARE_START, 1.3);
    times.againstLeast(
        MANY, Arrays.stream(CONCURRENCIES).mapToObj(Activate::bareMany).toList(), 1.2);
    return times;
  }

  private static Bare like(Client client, SessionSpec spec) throws Exception {
    Session session = activate(client, client.createSession("", spec).getId());
    String container =
        client
            .executors()
            .getWorker(GetWorkerRequest.newBuilder().setWorkerId(session.getWorkerId()).build())
            .getWorker()
            .getContainerRef();
    Bare bare = Bare.like(container);
    delete(client, session.getId());
    return bare;
  }

  private static void turns(Client client, Bare bare, int turns, Times times) throws Exception {
    for (int turn = 0; turn < turns; turn++) {
      String id = client.createSession("", USUAL).getId();
      times.of(COLD, () -> activate(client, id));
      ActivationSteps.add(times, client, id, "cold");
      String container = times.of(BARE, bare::start);
      stop(client, id);
      bare.stop(container);
      times.of(WAKE, () -> activate(client, id));
      ActivationSteps.add(times, client, id, "wake");
      times.of(
          BARE_START,
          () -> {
            bare.startAgain(container);
            return container;
          });
      delete(client, id);
      bare.remove(container);
    }
  }

  private static void fromPool(Client client, int turns, Times times) throws Exception {
    client.pools().createPool(CreatePoolRequest.newBuilder().setName("warm").setSize(POOL).build());
    for (int turn = 0; turn < turns; turn++) {
      await().atMost(java.time.Duration.ofSeconds(60)).until(() -> ready(client) == POOL);
      String id = client.createSession("", USUAL).getId();
      times.of(WARM, () -> activate(client, id));
      ActivationSteps.add(times, client, id, "warm");
      delete(client, id);
    }
    if (pool(client).getHits() < turns) {
      throw new IllegalStateException("not all came from the pool: " + pool(client));
    }
    client.pools().deletePool(DeletePoolRequest.newBuilder().setPool("warm").build());
  }

  private static Pool pool(Client client) {
    return client.pools().getPool(GetPoolRequest.newBuilder().setPool("warm").build()).getPool();
  }

  private static int ready(Client client) {
    return pool(client).getExecutorsList().stream().mapToInt(PoolExecutor::getReady).sum();
  }

  /** Each turn is told to {@code times} but the first, which warms up. */
  private static void manyAtOnce(Stack stack, Bare bare, int turns, Times times) throws Exception {
    activateAll(stack, new Times());
    for (int turn = 0; turn < turns; turn++) {
      for (int atATime : CONCURRENCIES) {
        times.add(bareMany(atATime), bare.startAll(AT_ONCE, atATime));
      }
      activateAll(stack, times);
    }
  }

  private static String bareMany(int atATime) {
    return BARE_MANY + ", " + atATime + " at a time";
  }

  private static void activateAll(Stack stack, Times times) throws Exception {
    Client client = stack.client();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      ids.add(client.createSession("", SMALL).getId());
    }
    Map<String, Long> programs = new LinkedHashMap<>();
    programs.put("control plane", stack.plane().pid());
    programs.put("executor agent", stack.executor("local").pid());
    var processors = new Processors(stack, programs);
    times.of(MANY, () -> eachAtOnce(ids, id -> activate(client, id)));
    processors.each(times, MANY, AT_ONCE);
    eachAtOnce(ids, id -> delete(client, id));
  }

  private interface Step {
    Object take(String id) throws Exception;
  }

  private static List<Object> eachAtOnce(List<String> ids, Step step) throws Exception {
    List<Object> done = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Object>> calls =
          ids.stream().<Callable<Object>>map(id -> () -> step.take(id)).toList();
      for (Future<Object> each : threads.invokeAll(calls)) {
        done.add(each.get());
      }
    }
    return done;
  }

  private static Session activate(Client client, String id) {
    Session session =
        client
            .sessions()
            .activateSession(
                ActivateSessionRequest.newBuilder().setSessionId(id).setWait(WAIT).build())
            .getSession();
    if (session.getState() != SessionState.SESSION_STATE_ACTIVE) {
      throw new IllegalStateException(id + " did not become active: " + session);
    }
    return session;
  }

  private static Object stop(Client client, String id) {
    return client
        .sessions()
        .stopSession(StopSessionRequest.newBuilder().setSessionId(id).setWait(WAIT).build());
  }

  private static Object delete(Client client, String id) {
    return client
        .sessions()
        .deleteSession(
            DeleteSessionRequest.newBuilder()
                .setSessionId(id)
                .setForce(true)
                .setWait(WAIT)
                .build());
  }
}
