package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.worker.SessionReconciler;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.ExecuteListenerProvider;
import org.jooq.impl.DefaultExecuteListenerProvider;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue of runs whose sessions no executor takes, beside one whose sessions all find a place. */
final class UnplaceableQueueTest {
  private static final int BOUND = 20;
  private static final int FEW = 200;
  private static final int THOUSANDS = 3_000;

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final Statements statements = new Statements(Thread.currentThread());

  /** Counts what one thread asks of the database. */
  private static final class Statements implements ExecuteListener {
    private static final long serialVersionUID = 1;
    private final transient Thread of;
    private final AtomicInteger count = new AtomicInteger();

    Statements(Thread of) {
      this.of = of;
      berth
          .sql()
          .configuration()
          .set(new ExecuteListenerProvider[] {new DefaultExecuteListenerProvider(this)});
    }

    @Override
    public void executeStart(ExecuteContext context) {
      if (Thread.currentThread().equals(of)) {
        count.incrementAndGet();
      }
    }

    int during(Runnable step) {
      int before = count.get();
      step.run();
      return count.get() - before;
    }
  }

  /**
   * What it took until {@value #BOUND} new runs of the other queue were claimed: one look at all
   * sessions, and one at all runs.
   */
  private record Looks(int placed, int claimed, int toPlace, int toClaim) {}

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anyNumberOfRunsThatFindNoPlace_costsTheOtherQueueNoMoreLooksAndNoMoreStatements(
      boolean bounded) {
    String stuck = queue(bounded, "stuck");
    String works = queue(bounded, "works");
    try (ScriptedAgent agent =
        ScriptedAgent.enrol(berth, "host-" + bounded)
            .capacity(1000, 1_000_000, 1L << 42)
            .connect()) {
      Run first = unplaceable(stuck);
      multiply(first, FEW);
      assertThat(looks(works).claimed()).as("beside those tried first").isPositive();
      Looks besideFew = looks(works);
      multiply(first, THOUSANDS);
      Looks besideThousands = looks(works);

      assertThat(besideFew.placed()).isEqualTo(BOUND);
      assertThat(besideFew.claimed()).isEqualTo(BOUND);
      assertThat(besideThousands).isEqualTo(besideFew);
      assertThat(waiting(stuck)).isEqualTo(FEW + THOUSANDS + 1);
      assertThat(agent.received()).isNotEmpty();
    }
  }

  /** The name of a queue with bounds, or, without, that of the default one. */
  private String queue(boolean bounded, String name) {
    return bounded
        ? fixture.queue(name, QueueSpec.newBuilder().setMaxConcurrency(BOUND).build()).getName()
        : "default";
  }

  /** Its session has been tried; that of a queue with bounds is not to be woken yet. */
  private Run unplaceable(String queue) {
    SessionSpec nowhere = SessionSpec.newBuilder().putPlacementLabels("gpu", "none").build();
    var session =
        SessionServiceGrpc.newBlockingStub(berth.channel())
            .createSession(CreateSessionRequest.newBuilder().setSpec(nowhere).build())
            .getSession();
    Run run = create(SessionId.parse(session.getId()), queue);
    berth.bean(SessionReconciler.class).runOnce();
    return run;
  }

  private Run create(SessionId session, String queue) {
    CreateRunRequest request = fixture.request(session).toBuilder().setQueue(queue).build();
    return fixture.stub().createRun(request).getRun();
  }

  private Looks looks(String queue) {
    List<Run> runs = Stream.generate(() -> create(fixture.session(), queue)).limit(BOUND).toList();
    List<SessionId> sessions =
        runs.stream().map(run -> SessionId.parse(run.getSessionId())).toList();
    berth.bean(Dispatcher.class).runOnce();
    int toPlace = statements.during(berth.bean(SessionReconciler.class)::runOnce);
    int placed =
        berth
            .sql()
            .fetchCount(SESSION, SESSION.ID.in(sessions).and(SESSION.WORKER_GENERATION.eq(1L)));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            berth.sql().fetchCount(SESSION, SESSION.ID.in(sessions).and(SESSION.STATE.eq("ACTIVE")))
                == placed);
    int toClaim = statements.during(berth.bean(Dispatcher.class)::runOnce);
    List<Run> claimed =
        runs.stream()
            .map(fixture::get)
            .filter(run -> run.getState() == RunState.RUN_STATE_STARTING)
            .toList();
    claimed.forEach(run -> assertThat(fixture.settleLost(run, EndReason.CANCELED)).isTrue());
    return new Looks(placed, claimed.size(), toPlace, toClaim);
  }

  private static int waiting(String queue) {
    return berth
        .sql()
        .fetchCount(
            RUN,
            RUN.STATE.eq("QUEUED").and("queue_id = (select id from queue where name = ?)", queue));
  }

  /** So many more like it, each in a session of its own. */
  private static void multiply(Run run, int count) {
    int made =
        berth
            .sql()
            .execute(
                """
                with n as (
                  select gen_random_uuid() as session, gen_random_uuid() as run
                  from generate_series(1, ?)),
                sessions as (
                  insert into session
                  select (json_populate_record(s, json_build_object('id', n.session, 'root_id', n.session))).*
                  from n, session s where s.id = ?),
                runs as (
                  insert into run
                  select (json_populate_record(r, json_build_object('id', n.run, 'root_id', n.run,
                           'session_id', n.session))).*
                  from n, run r where r.id = ?)
                insert into run_cursor (run_id) select run from n
                """,
                count,
                SessionId.parse(run.getSessionId()).value(),
                RunFixture.id(run).value());
    assertThat(made).isEqualTo(count);
  }
}
