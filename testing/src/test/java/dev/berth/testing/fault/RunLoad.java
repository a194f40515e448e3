package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.BatchCreateRunsRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.ListRunsResponse;
import dev.berth.v1.RetryPolicy;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Many runs that each take a while and do nothing, asked for through several control planes in turn
 * by a client that asks again, with the same request id, whenever one is away; and what must be
 * true of them in the end.
 */
final class RunLoad {
  static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String LABEL = "load";
  private static final int ATTEMPTS = 10;
  private static final int BATCH = 50;

  /** The most that one page holds. */
  private static final int MOST = 1_000;

  private static final String LOADED = "from run r where labels ->> 'load' = ? ";
  private static final String ENDED = "select count(*) " + LOADED + "and end_time is not null";
  private static final String BEGUN_ON =
      "select count(*) "
          + LOADED
          + "and state = 'RUNNING' and (select name from executor e where e.id = r.executor_id) ="
          + " ?";
  private static final String LOST =
      "select count(*) from run_attempt where end_reason = 'EXECUTOR_LOST' and run_id in (select id"
          + " "
          + LOADED
          + ")";

  private static final String NOT_ONE_END =
      """
      and (select array_agg(e.seq) from run_event e where e.run_id = r.id and e.type = 'run.finished')
        is distinct from (select array[max(e.seq)] from run_event e where e.run_id = r.id)
      """;
  private static final String BEGUN_TWICE =
      """
      and exists (select from run_event e where e.run_id = r.id and e.type = 'run.started'
                  group by e.attempt_id having count(*) > 1)
      """;
  private static final String GAPS =
      """
      and (select array[count(*), max(e.seq)] from run_event e where e.run_id = r.id)
        is distinct from
        (select array[c.last_seq, c.last_seq] from run_cursor c where c.run_id = r.id)
      """;
  private static final String OVERLAPS =
      """
      and exists (select from run_attempt a join run_attempt b on b.run_id = a.run_id and b.number > a.number
                  where a.run_id = r.id and a.end_time > b.start_time)
      """;
  private static final String TOO_SHORT =
      """
      and exists (select from run_attempt a where a.run_id = r.id and a.end_reason = 'COMPLETED'
                    and a.end_time - a.start_time < r.command[1]::int * interval '1 millisecond')
      """;
  private static final String ENDED_ROWS =
      """
      with loaded as (select r.* from run r where labels ->> 'load' = ? and end_time is not null)
      select r::text from loaded r
      union all select a::text from run_attempt a where a.run_id in (select id from loaded)
      union all select c::text from run_cursor c where c.run_id in (select id from loaded)
      union all select e::text from run_event e where e.run_id in (select id from loaded)
      order by 1
      """;

  private static final Set<Status.Code> PASSING =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.ABORTED, Status.Code.DEADLINE_EXCEEDED);

  private final Stack stack;
  private final String name;
  private final List<Client> clients;
  private final Random random;
  private final List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, Run> ended = new LinkedHashMap<>();
  private final Map<String, List<RunEvent>> events = new LinkedHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();

  RunLoad(Stack stack, String name, Random random, Client... clients) {
    this.stack = stack;
    this.name = name;
    this.random = random;
    this.clients = List.of(clients);
  }

  /** One that does nothing for so long, and is tried again at once while it may be. */
  static RunSpec idle(long millis, int attempts) {
    return RunSpec.newBuilder()
        .setProvider("noop")
        .addCommand(String.valueOf(millis))
        .setMaxAttempts(attempts)
        .setRetry(
            RetryPolicy.newBuilder()
                .setBackoff(RetryPolicy.Backoff.BACKOFF_FIXED)
                .setDelay(Durations.fromMillis(1)))
        .build();
  }

  /** Asks for further ones until there are so many; each takes at most so long. */
  void createUpTo(int count, int mostMillis) {
    while (acknowledged.size() < count) {
      int from = acknowledged.size();
      var batch = BatchCreateRunsRequest.newBuilder().setRequestId(name + from);
      for (int i = from; i < Math.min(from + BATCH, count); i++) {
        batch.addRuns(
            CreateRunRequest.newBuilder()
                .putLabels(LABEL, name)
                .setSpec(idle(random.nextInt(mostMillis / 5, mostMillis), ATTEMPTS)));
      }
      acknowledged.addAll(
          patiently(client -> client.runs().batchCreateRuns(batch.build()).getRunIdsList()));
    }
  }

  void awaitCreated(int count) {
    await(count + " runs are asked for")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> acknowledged.size() >= count);
  }

  void awaitBegunOn(String executor, int count) {
    await(count + " run on " + executor)
        .atMost(PATIENCE)
        .until(() -> count(BEGUN_ON, executor) >= count);
  }

  void awaitEnded(int count) {
    await(count + " runs have ended")
        .atMost(PATIENCE)
        .until(() -> patiently(client -> count(ENDED)) >= count);
  }

  /** What a client is told now of runs that have ended; it must stay so. */
  void remember() {
    for (Run run : runs()) {
      if (run.hasEnd()) {
        ended.put(run.getId(), run);
      }
    }
    ended.keySet().stream().limit(10).forEach(run -> events.put(run, events(run)));
  }

  void awaitGivenUp() {
    await("attempts of an executor that is not heard of are given up")
        .atMost(PATIENCE)
        .until(() -> count(LOST) > 0);
  }

  /** All that the database holds of those that have ended, as text. */
  List<String> rowsOfEnded() {
    return query(row -> row.getString(1), ENDED_ROWS);
  }

  /** What must be true once all have ended. */
  void assertEachEndedOnceAndNothingIsLost() {
    Map<String, Run> runs = new LinkedHashMap<>();
    runs().forEach(run -> runs.put(run.getId(), run));
    assertThat(runs.keySet()).containsExactlyInAnyOrderElementsOf(acknowledged);
    assertThat(runs.values())
        .allSatisfy(run -> assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED));
    assertThat(runs).containsAllEntriesOf(ended);
    events.forEach((run, seen) -> assertThat(events(run)).isEqualTo(seen));
    assertThat(violating(NOT_ONE_END)).as("not one terminal event, their last").isEmpty();
    assertThat(violating(BEGUN_TWICE)).as("an attempt began twice").isEmpty();
    assertThat(violating(GAPS)).as("gaps in their events").isEmpty();
    assertThat(violating(TOO_SHORT)).as("ended before its work was done").isEmpty();
    assertThat(violating(OVERLAPS)).as("attempts that overlap").isEmpty();
  }

  private List<Run> runs() {
    List<Run> runs = new ArrayList<>();
    var request = ListRunsRequest.newBuilder().putLabels(LABEL, name).setPageSize(MOST);
    ListRunsResponse page;
    do {
      page = patiently(client -> client.runs().listRuns(request.build()));
      runs.addAll(page.getRunsList());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return runs;
  }

  private List<RunEvent> events(String run) {
    var request = ListRunEventsRequest.newBuilder().setRunId(run).setPageSize(MOST).build();
    return patiently(client -> client.runs().listRunEvents(request).getEventsList());
  }

  private List<String> violating(String rule) {
    return query(row -> row.getString(1), "select r.id " + LOADED + rule);
  }

  private long count(String query, String... further) {
    return query(row -> row.getLong(1), query, further).getFirst();
  }

  private interface Column<T> {
    T of(ResultSet row) throws SQLException;
  }

  private <T> List<T> query(Column<T> column, String query, String... further) {
    List<T> found = new ArrayList<>();
    try (var database = stack.database();
        var statement = database.prepareStatement(query)) {
      statement.setString(1, name);
      for (int i = 0; i < further.length; i++) {
        statement.setString(i + 2, further[i]);
      }
      try (var rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(column.of(rows));
        }
      }
      return found;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of one control plane after the other until one answers. */
  private <T> T patiently(Function<Client, T> call) {
    return await(name)
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .ignoreExceptionsMatching(RunLoad::passes)
        .until(
            () -> call.apply(clients.get(asked.getAndIncrement() % clients.size())), any -> true);
  }

  private static boolean passes(Throwable failure) {
    return failure instanceof StatusRuntimeException answer
        ? PASSING.contains(answer.getStatus().getCode())
        : failure.getCause() instanceof SQLException;
  }
}
