package dev.berth.benchmarks;

import dev.berth.common.Id.RunId;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Program;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.BatchCreateRunsRequest;
import dev.berth.v1.CreateQueueRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.PauseQueueRequest;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SessionSpec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs created in bulk by {@code BatchCreateRuns}, from the client's call to its answer, with their
 * cursors and first events; beside the same rows by bare SQL, through as many connections.
 */
final class BulkCreate implements Benchmark {
  private static final int AT_ONCE = 4;
  private static final int BATCH = 1_000;
  private static final int BATCHES = 20;
  private static final int SESSIONS = 100;
  private static final int WARM_UP = 3;
  private static final String QUEUE = "bulk";
  private static final String OURS = "create runs in bulk, a run";
  private static final String BARE = "bare SQL of the same rows, a run";

  @Override
  public Times run(int rounds) throws Exception {
    Times times = new Times();
    try (Stack stack = Stack.startWithoutExecutor(Map.of(Program.JAVA_OPTIONS, AsShipped.PLANE))) {
      measure(stack, rounds, times);
    }
    return times;
  }

  /** Leaves the runs behind, in a queue that is paused: what follows finds a larger database. */
  static void measure(Stack stack, int rounds, Times times) throws Exception {
    Client client = stack.client();
    BatchCreateRunsRequest request = request(client);
    String template = client.runs().batchCreateRuns(request).getRunIds(SESSIONS);
    List<Connection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < AT_ONCE; i++) {
        connections.add(stack.database());
      }
      String copy = copy(connections.getFirst());
      for (int round = -WARM_UP; round < rounds; round++) {
        Times to = round < 0 ? new Times() : times;
        to.add(OURS, "us", atOnce(thread -> client.runs().batchCreateRuns(request)));
        to.add(BARE, "us", atOnce(thread -> bare(connections.get(thread), copy, template)));
      }
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
    times.reach(OURS, 20);
  }

  private static BatchCreateRunsRequest request(Client client) {
    var queues = QueueServiceGrpc.newBlockingStub(client.channel());
    String queue =
        queues
            .createQueue(CreateQueueRequest.newBuilder().setName(QUEUE).build())
            .getQueue()
            .getId();
    Queue paused =
        queues.pauseQueue(PauseQueueRequest.newBuilder().setQueue(queue).build()).getQueue();
    List<String> sessions = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      sessions.add(client.createSession("", SessionSpec.getDefaultInstance()).getId());
    }
    var request = BatchCreateRunsRequest.newBuilder();
    for (int i = 0; i < BATCH; i++) {
      request.addRuns(
          CreateRunRequest.newBuilder()
              .setSessionId(sessions.get(i % SESSIONS))
              .setQueue(paused.getName())
              .setSpec(RunSpec.newBuilder().addCommand("true").addCommand(String.valueOf(i))));
    }
    return request.build();
  }

  private interface Work {
    Object on(int thread) throws Exception;
  }

  /** Microseconds a run, with so many threads at it. */
  private static double atOnce(Work work) throws Exception {
    long from = System.nanoTime();
    try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Callable<Object>> calls = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        int thread = i;
        calls.add(() -> {
          Object last = thread;
          for (int batch = 0; batch < BATCHES; batch++) {
            last = work.on(thread);
          }
          return last;
        });
      }
      for (Future<Object> each : threads.invokeAll(calls)) {
        each.get();
      }
    }
    return (System.nanoTime() - from) / 1e3 / (AT_ONCE * BATCHES * BATCH);
  }

  /**
   * A statement that makes runs, cursors and events like those of the run that is its parameter.
   */
  private static String copy(Connection connection) throws SQLException {
    return """
    with ids as materialized (select uuidv7() as id from generate_series(1, %d)),
    runs as (insert into run (id, root_id, %s) select i.id, i.id, %s from ids i, run t where t.id = ?::uuid),
    cursors as (insert into run_cursor (run_id, last_seq) select id, 1 from ids)
    insert into run_event (run_id, %s) select i.id, %s from ids i, run_event t where t.run_id = ?::uuid
    """
        .formatted(
            BATCH,
            columns(connection, "run", ""),
            columns(connection, "run", "t."),
            columns(connection, "run_event", ""),
            columns(connection, "run_event", "t."));
  }

  private static String columns(Connection connection, String table, String prefix)
      throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            """
            select column_name from information_schema.columns
            where table_name = ? and column_name not in ('id', 'root_id', 'run_id')
            """)) {
      query.setString(1, table);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          names.add(prefix + rows.getString(1));
        }
      }
    }
    return String.join(", ", names);
  }

  private static Object bare(Connection connection, String copy, String run) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(copy)) {
      String id = RunId.parse(run).value().toString();
      statement.setString(1, id);
      statement.setString(2, id);
      return statement.executeUpdate();
    }
  }
}
