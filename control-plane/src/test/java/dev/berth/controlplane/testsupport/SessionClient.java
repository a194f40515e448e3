package dev.berth.controlplane.testsupport;

import static dev.berth.sql.db.Tables.COPY;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import dev.berth.common.Id.SessionId;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.Event;
import dev.berth.v1.EventFilter;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.ListWorkersRequest;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.Worker;
import io.grpc.Channel;
import java.util.List;
import java.util.function.Predicate;

/** Sessions of one server as a client with the default project's key sees them. */
public final class SessionClient {
  public static final Duration WAIT = Duration.newBuilder().setSeconds(30).build();

  private final BerthServer berth;
  private final Channel channel;

  public SessionClient(BerthServer berth) {
    this.berth = berth;
    this.channel = berth.channel();
  }

  public SessionServiceBlockingStub stub() {
    return SessionServiceGrpc.newBlockingStub(channel);
  }

  /** Created and, unless it is given up before, ACTIVE. */
  public Session active() {
    return active(SessionSpec.getDefaultInstance());
  }

  public Session active(SessionSpec spec) {
    return stub()
        .createSession(
            CreateSessionRequest.newBuilder().setSpec(spec).setActivate(true).setWait(WAIT).build())
        .getSession();
  }

  /** Created and wished active, without waiting. */
  public Session wished(SessionSpec spec) {
    return stub()
        .createSession(CreateSessionRequest.newBuilder().setSpec(spec).setActivate(true).build())
        .getSession();
  }

  public Session activate(Session session) {
    return stub()
        .activateSession(
            ActivateSessionRequest.newBuilder().setSessionId(session.getId()).setWait(WAIT).build())
        .getSession();
  }

  public Session stop(Session session, boolean removeCopy) {
    return stub()
        .stopSession(
            StopSessionRequest.newBuilder()
                .setSessionId(session.getId())
                .setRemoveCopy(removeCopy)
                .setWait(WAIT)
                .build())
        .getSession();
  }

  public Session get(Session session) {
    return stub()
        .getSession(GetSessionRequest.newBuilder().setSessionId(session.getId()).build())
        .getSession();
  }

  public Session await(Session session, Predicate<Session> wanted) {
    return awaitility(() -> get(session), wanted);
  }

  private static Session awaitility(
      java.util.concurrent.Callable<Session> look, Predicate<Session> wanted) {
    return org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(30))
        .until(look, wanted::test);
  }

  public List<Worker> workers(Session session, boolean removed) {
    return ExecutorServiceGrpc.newBlockingStub(channel)
        .listWorkers(
            ListWorkersRequest.newBuilder()
                .setSessionId(session.getId())
                .setShowRemoved(removed)
                .build())
        .getWorkersList();
  }

  /** Types of the session's history, oldest first. */
  public List<String> history(Session session) {
    return events(session).stream().map(Event::getType).toList();
  }

  /** The session's history, oldest first. */
  public List<Event> events(Session session) {
    return EventServiceGrpc.newBlockingStub(channel)
        .listEvents(
            ListEventsRequest.newBuilder()
                .setFilter(EventFilter.newBuilder().setSessionId(session.getId()))
                .setPageSize(500)
                .build())
        .getEventsList();
  }

  /** What a claim or a write does before anything is written. */
  public void dirty(Session session) {
    int rows =
        berth
            .sql()
            .update(COPY)
            .set(COPY.DIRTY, true)
            .set(COPY.DIRTY_VERSION, COPY.DIRTY_VERSION.plus(1))
            .where(COPY.SESSION_ID.eq(id(session)).and(COPY.STATE.eq("PRESENT")))
            .execute();
    assertThat(rows).isEqualTo(1);
  }

  public static SessionId id(Session session) {
    return SessionId.parse(session.getId());
  }
}
