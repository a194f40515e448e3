package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.RUN;

import dev.berth.common.Id;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.controlplane.provider.AgentJson;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Makes runs, any number in one statement: plain JDBC with an array a column, for the cost of a
 * statement, and of telling its parameters to the database one by one, is many times that of a row.
 */
@Singleton
final class NewRunRepository {

  /**
   * What each run says for itself.
   *
   * @param expression what is made of it in its column of {@code run}; empty where it has none
   */
  private record Column<T>(
      String name,
      String expression,
      String type,
      IntFunction<T[]> array,
      Function<NewRun, @Nullable T> value) {

    @Nullable T[] values(List<NewRun> runs) {
      return runs.stream().map(value).toArray(array);
    }
  }

  private static final String MICROSECONDS = "%s * interval '1 microsecond'";
  private static final String TIME = "%s::timestamptz";

  private static final List<Column<?>> COLUMNS =
      List.of(
          new Column<>("id", "%s", "uuid", UUID[]::new, run -> run.id().value()),
          text("name", "%s", NewRun::name),
          text("labels", "%s::jsonb", run -> Labels.toJson(run.labels()).data()),
          text("correlation_id", "%s", NewRun::correlationId),
          new Column<>("session_id", "%s", "uuid", UUID[]::new, run -> uuid(run.sessionId())),
          new Column<>(
              "conversation_id", "%s", "uuid", UUID[]::new, run -> uuid(run.conversationId())),
          new Column<>("queue_id", "%s", "uuid", UUID[]::new, run -> run.queueId().value()),
          text("queue_key", "%s", NewRun::queueKey),
          flag("throwaway_session", "%s", NewRun::throwaway),
          flag("awake", "", NewRun::awake),
          text("provider", "%s", run -> run.spec().provider()),
          text("command", "%s::text[]", run -> array(run.spec().command())),
          text("environment", "%s::jsonb", run -> Labels.toJson(run.spec().environment()).data()),
          text("working_directory", "%s", run -> run.spec().workingDirectory()),
          new Column<>("input", "%s", "bytea", byte[][]::new, run -> run.spec().input()),
          flag("interactive", "%s", run -> run.spec().interactive()),
          span("timeout", MICROSECONDS, run -> run.spec().timeout()),
          span("grace", MICROSECONDS, run -> run.spec().grace()),
          number("max_attempts", run -> run.spec().maxAttempts()),
          text("artifacts", "%s::text[]", run -> array(run.spec().artifacts().paths())),
          span("artifact_retention", MICROSECONDS, run -> run.spec().artifacts().retention()),
          number("priority", run -> run.spec().order().priority()),
          time("wanted", "", run -> run.spec().order().notBefore()),
          span("delay", "", run -> run.spec().order().delay()),
          span("retry_delay", MICROSECONDS, run -> run.spec().retry().backoff().first()),
          span("retry_max_delay", MICROSECONDS, run -> run.spec().retry().backoff().longest()),
          text("retry_reasons", "%s::text[]", run -> array(names(run.spec().retry().reasons()))),
          time("start_by", TIME, run -> run.spec().deadlines().startBy()),
          time("finish_by", TIME, run -> run.spec().deadlines().finishBy()),
          span("retention", MICROSECONDS, run -> run.spec().retention()),
          text("secrets", "%s::jsonb", run -> SecretUse.toJson(run.spec().secrets())),
          text("agent", "%s::jsonb", run -> AgentJson.write(run.spec().agent())),
          new Column<>(
              "created",
              "",
              "bytea",
              byte[][]::new,
              run -> RunEventProtoMapper.created(run, Instant.EPOCH).payload()));

  /**
   * Each run with its cursor and first event. One that may start now is the next of its session
   * where none is under way or next; of several that of the highest priority, then the first.
   * (Counted, so that a session is looked up in the index of these whatever the planner believes.)
   */
  private static final String INSERT =
      """
      with said as materialized (
        select * from unnest(%1$s) with ordinality as said (%2$s, nr)),
      timed as (
        select said.*, coalesce(wanted::timestamptz, statement_timestamp() + delay * interval '1 microsecond')
          as not_before from said),
      placed as (
        select timed.*, coalesce(not_before > statement_timestamp(), false) as delayed from timed),
      turned as materialized (
        select placed.*, not delayed
          and row_number() over (partition by coalesce(session_id, id), delayed order by priority desc, nr) = 1
          and (select count(*) from run o where o.session_id = placed.session_id
                 and o.state in ('STARTING', 'RUNNING', 'WAITING')) = 0
          and (select count(*) from run o where o.session_id = placed.session_id
                 and o.state = 'QUEUED' and o.next) = 0 as next
        from placed),
      made as (
        insert into run (%3$s, wanted_not_before, not_before, delayed, next, admitted, root_id, state,
                         project_id, created_by_kind, created_by_id, created_by_on_behalf_of, trace_id,
                         create_time, update_time)
        select %4$s, not_before, not_before, delayed, next, next and awake, id, 'QUEUED',
          w.project_id, w.kind, w.actor, w.on_behalf_of, w.trace, w.time, w.time
        from turned, (values (?::uuid, ?, ?, ?, ?, ?::timestamptz))
          as w (project_id, kind, actor, on_behalf_of, trace, time)),
      cursors as (
        insert into run_cursor (run_id, last_seq) select id, 1 from said)
      insert into run_event (run_id, seq, time, type, actor_kind, actor_id, trace_id, payload)
      select id, 1, w.time, '%5$s', w.kind, w.actor, w.trace, created
      from said, (values (?, ?, ?, ?::timestamptz)) as w (kind, actor, trace, time)
      """
          .formatted(
              joined(COLUMNS, column -> "?::" + column.type() + "[]"),
              joined(COLUMNS, Column::name),
              joined(stored(), Column::name),
              joined(stored(), column -> column.expression().formatted(column.name())),
              RunEventProtoMapper.CREATED);

  private final DSLContext sql;

  NewRunRepository(DSLContext sql) {
    this.sql = sql;
  }

  /**
   * Inserts the runs, QUEUED, the first the oldest. The caller holds the locks of their sessions.
   */
  void insert(ProjectId project, Actor actor, String traceId, List<NewRun> runs, Instant now) {
    int inserted =
        sql.connectionResult(connection -> {
          try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            int at = arrays(connection, statement, runs);
            statement.setObject(at++, project.value());
            statement.setString(at++, actor.kind().name());
            statement.setString(at++, actor.id());
            statement.setString(at++, actor.onBehalfOf());
            statement.setString(at++, traceId);
            statement.setObject(at++, now.atOffset(ZoneOffset.UTC));
            statement.setString(at++, actor.kind().name());
            statement.setString(at++, actor.id());
            statement.setString(at++, traceId);
            statement.setObject(at, now.atOffset(ZoneOffset.UTC));
            return statement.executeUpdate();
          }
        });
    assert inserted == runs.size();
  }

  private static int arrays(Connection connection, PreparedStatement statement, List<NewRun> runs)
      throws SQLException {
    int at = 1;
    for (Column<?> column : COLUMNS) {
      statement.setArray(at++, connection.createArrayOf(column.type(), column.values(runs)));
    }
    return at;
  }

  /** Whether at least {@code depth} runs wait in the queue. */
  boolean reaches(QueueId queue, int depth) {
    return sql.fetchCount(
            sql.selectOne()
                .from(RUN)
                .where(RUN.QUEUE_ID.eq(queue).and(RUN.STATE.eq("QUEUED")))
                .limit(depth))
        >= depth;
  }

  private static @Nullable UUID uuid(@Nullable Id id) {
    return id == null ? null : id.value();
  }

  private static Column<String> text(
      String name, String expression, Function<NewRun, @Nullable String> value) {
    return new Column<>(name, expression, "text", String[]::new, value);
  }

  private static Column<Boolean> flag(
      String name, String expression, Function<NewRun, Boolean> value) {
    return new Column<>(name, expression, "bool", Boolean[]::new, value);
  }

  private static Column<Integer> number(String name, Function<NewRun, Integer> value) {
    return new Column<>(name, "%s", "int4", Integer[]::new, value);
  }

  private static Column<Long> span(
      String name, String expression, Function<NewRun, @Nullable Duration> value) {
    return new Column<>(
        name,
        expression,
        "int8",
        Long[]::new,
        value.andThen(span -> span == null ? null : span.toNanos() / 1_000));
  }

  private static Column<String> time(
      String name, String expression, Function<NewRun, @Nullable Instant> value) {
    return text(name, expression, value.andThen(time -> time == null ? null : time.toString()));
  }

  private static List<String> names(Collection<? extends Enum<?>> reasons) {
    return reasons.stream().map(Enum::name).toList();
  }

  /** The words as PostgreSQL writes an array: arrays of arrays are all of one length there. */
  private static String array(List<String> words) {
    return words.stream()
        .map(word -> '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static List<Column<?>> stored() {
    return COLUMNS.stream().filter(column -> !column.expression().isEmpty()).toList();
  }

  private static String joined(List<Column<?>> columns, Function<Column<?>, String> text) {
    return columns.stream().map(text).collect(Collectors.joining(", "));
  }
}
