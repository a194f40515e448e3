package dev.berth.controlplane.run;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What the admission reads and writes. Everything goes along the index {@code run_to_admit}, from
 * key to key: its cost grows with what is admitted, not with the length of a queue.
 */
@Singleton
final class AdmissionRepository {

  /**
   * What is admitted and holds room: not those whose session, or, where they have none, whose
   * provider no executor could take, lest they keep others from theirs.
   */
  private static final String HOLDS =
      """
      r.state = 'QUEUED' and r.admitted
        and not exists (select from session s where s.id = r.session_id and s.state_reason = 'NO_EXECUTOR')
        and (r.session_id is not null
             or exists (select from executor e where e.project_id = r.project_id
                          and r.provider = any (e.sessionless_providers) and e.sessionless_runs > 0
                          and e.link_replica_id is not null and e.ready and not e.expired and e.state = 'ACTIVE'))
      """;

  private static final String ACTIVE = "a.state in ('STARTING', 'RUNNING', 'WAITING')";

  private static final String WAITS =
      """
      r.state = 'QUEUED' and r.next and not r.admitted
        and (r.not_before is null or r.not_before <= clock_timestamp())
      """;

  private static final String WAKES =
      """
      s.desired <> 'DELETED' and (s.desired = 'ACTIVE' or s.auto_resume or s.throwaway)
      """;

  /** What may be admitted of {@code r}, a run that is next in its session or has none. */
  private static final String ADMISSIBLE =
      WAITS
          + "and (r.session_id is null or exists (select from session s where s.id = r.session_id and "
          + WAKES
          + "))";

  private static final String ROOM =
      """
      select u.key_field <> 'NONE', t.last_key,
        least(
          case when u.max_concurrency = 0 then null else u.max_concurrency -
            (select count(*) from run a where a.queue_id = u.id and %s) end,
          case when u.rate_tokens = 0 then null else u.rate_tokens -
            (select count(*) from queue_start q where q.queue_id = u.id
               and q.time > clock_timestamp() - u.rate_period) end,
          ?) - (select count(*) from run r where r.queue_id = u.id and %s)
      from queue u join queue_turn t on t.queue_id = u.id
      where u.id = ?
      """
          .formatted(ACTIVE, HOLDS);

  private static final String FULL_KEYS =
      """
      select k.queue_key
      from queue u, lateral (
        select a.queue_key, count(*) as taken, 0 as started, 0 as held
          from run a where a.queue_id = u.id and %s group by 1
        union all
        select q.queue_key, 0, count(*), 0 from queue_start q
          where q.queue_id = u.id and u.key_rate_tokens > 0
            and q.time > clock_timestamp() - u.key_rate_period group by 1
        union all
        select r.queue_key, 0, 0, count(*) from run r where r.queue_id = u.id and %s group by 1) k
      where u.id = ? and (u.max_concurrency_per_key > 0 or u.key_rate_tokens > 0)
      group by k.queue_key, u.max_concurrency_per_key, u.key_rate_tokens
      having (u.max_concurrency_per_key > 0 and sum(taken + held) >= u.max_concurrency_per_key)
        or (u.key_rate_tokens > 0 and sum(started + held) >= u.key_rate_tokens)
      """
          .formatted(ACTIVE, HOLDS);

  private static final String OLDEST =
      """
      select r.id from run r
      where r.queue_id = ? and r.priority = ? and r.queue_key = '' and %s
      order by r.id limit ?
      """
          .formatted(ADMISSIBLE);

  /** The oldest of each key behind one key and up to another, in the order of keys. */
  private static final String OF_EACH_KEY =
      """
      with recursive full_keys as materialized (select ?::text[] as all_of),
      pick as (
        (select r.id, r.queue_key, 1 as nr from run r
         where r.queue_id = ? and r.priority = ? and r.queue_key %1$s ?
           and r.queue_key <> all ((select all_of from full_keys)::text[]) and %2$s
         order by r.queue_key, r.id limit 1)
        union all
        (select x.id, x.queue_key, p.nr + 1 from pick p, lateral (
           select r.id, r.queue_key from run r
           where r.queue_id = ? and r.priority = ? and r.queue_key > p.queue_key
             and r.queue_key <> all ((select all_of from full_keys)::text[]) and %2$s
           order by r.queue_key, r.id limit 1) x
         where p.nr < ?))
      select id from pick where queue_key <= coalesce(?, queue_key) order by nr
      """;

  private static final String BEHIND = OF_EACH_KEY.formatted(">", ADMISSIBLE);
  private static final String FROM_THE_FIRST = OF_EACH_KEY.formatted(">=", ADMISSIBLE);

  /** A queue's room for more; {@code lastKey} is where the last turn ended. */
  record Room(boolean keyed, String lastKey, int free) {}

  /** A run, and its session, which is to be woken. */
  record Admitted(RunId run, ProjectId project, @Nullable SessionId session, String key) {}

  /** A session to be woken, and the run it is woken for. */
  record Asleep(ProjectId project, SessionId session, RunId run) {}

  private final DSLContext sql;

  AdmissionRepository(DSLContext sql) {
    this.sql = sql;
  }

  /**
   * Locks the turns of the bounded queues in which a run may be admitted or claimed, but for those
   * that another transaction holds, until this one ends.
   */
  List<QueueId> lockTurns() {
    return sql.resultQuery(
            """
            select t.queue_id from queue_turn t join queue u on u.id = t.queue_id
            where u.bounded and not u.paused and u.delete_time is null
              and (exists (select from run r where r.queue_id = u.id and r.state = 'QUEUED'
                             and r.next and not r.admitted)
                   or exists (select from run r where r.queue_id = u.id and r.state = 'QUEUED'
                                and r.admitted))
            order by t.queue_id
            for no key update of t skip locked
            """)
        .fetch(row -> new QueueId(row.get(0, UUID.class)));
  }

  /**
   * Locks the turns of the bounded queues of which a run without a session is admitted that the
   * executor may take; waits for who holds them, which is never for long.
   */
  List<QueueId> lockTurnsFor(ExecutorId executor) {
    return sql.resultQuery(
            """
            select t.queue_id from executor e
            join queue u on u.project_id = e.project_id
            join queue_turn t on t.queue_id = u.id
            where e.id = ? and u.bounded and not u.paused and u.delete_time is null
              and exists (select from run r where r.queue_id = u.id and r.state = 'QUEUED' and r.admitted
                            and r.session_id is null and r.provider = any (e.sessionless_providers))
            order by t.queue_id
            for no key update of t
            """,
            executor.value())
        .fetch(row -> new QueueId(row.get(0, UUID.class)));
  }

  /**
   * How many more may be admitted, at most so many; a statement of its own behind the lock, so that
   * it sees every commit.
   */
  Room room(QueueId queue, int most) {
    return sql.resultQuery(ROOM, most, queue.value())
        .fetchSingle(row ->
            new Room(
                row.get(0, Boolean.class), row.get(1, String.class), row.get(2, Integer.class)));
  }

  /** The keys of the queue that have no room for more. */
  List<String> fullKeys(QueueId queue) {
    return sql.resultQuery(FULL_KEYS, queue.value()).fetch(row -> row.get(0, String.class));
  }

  /** The highest priority below that one of which a run waits to be admitted. */
  Optional<Integer> nextPriority(QueueId queue, int below) {
    return sql.resultQuery(
            """
            select priority from run where queue_id = ? and priority < ? and state = 'QUEUED'
              and next and not admitted
            order by priority desc limit 1
            """,
            queue.value(),
            below)
        .fetchOptional(row -> row.get(0, Integer.class));
  }

  List<RunId> oldest(QueueId queue, int priority, int limit) {
    return sql.resultQuery(OLDEST, queue.value(), priority, limit).fetch(AdmissionRepository::run);
  }

  /** The oldest run of each key behind that one that is not full. */
  List<RunId> behind(QueueId queue, int priority, String key, List<String> full, int limit) {
    return ofEachKey(BEHIND, queue, priority, key, full, limit, null);
  }

  /** The same of the first keys, up to that one. */
  List<RunId> upTo(QueueId queue, int priority, String key, List<String> full, int limit) {
    return ofEachKey(FROM_THE_FIRST, queue, priority, "", full, limit, key);
  }

  private List<RunId> ofEachKey(
      String query,
      QueueId queue,
      int priority,
      String from,
      List<String> full,
      int limit,
      @Nullable String to) {
    return sql.resultQuery(
            query,
            full.toArray(String[]::new),
            queue.value(),
            priority,
            from,
            queue.value(),
            priority,
            limit,
            to)
        .fetch(AdmissionRepository::run);
  }

  /** Admits those that are still as they were and whose session nobody works on. */
  List<Admitted> admit(List<RunId> runs) {
    UUID[] ids = runs.stream().map(RunId::value).toArray(UUID[]::new);
    return sql.resultQuery(
            """
            with ids as materialized (select * from unnest(?::uuid[]) with ordinality as ids (id, nr)),
            with_session as (
              select r.id, ids.nr from ids
              join run r on r.id = ids.id join session s on s.id = r.session_id
              where %s and %s
              for no key update of s, r skip locked),
            without as (
              select r.id, ids.nr from ids join run r on r.id = ids.id
              where %s and r.session_id is null
              for no key update of r skip locked),
            head as (select * from with_session union all select * from without),
            admitted as (
              update run r set admitted = true from head h where r.id = h.id
              returning r.id, r.project_id, r.session_id, r.queue_key, h.nr)
            select * from admitted order by nr
            """
                .formatted(WAITS, WAKES, WAITS),
            (Object) ids)
        .fetch(row ->
            new Admitted(
                run(row),
                new ProjectId(row.get(1, UUID.class)),
                session(row, 2),
                row.get(3, String.class)));
  }

  /** The next turn begins behind that key. */
  void servedLast(QueueId queue, String key) {
    sql.execute("update queue_turn set last_key = ? where queue_id = ?", key, queue.value());
  }

  /** Forgets starts that no rate of the queues counts any more. */
  void forgetStarts(List<QueueId> queues) {
    UUID[] ids = queues.stream().map(QueueId::value).toArray(UUID[]::new);
    sql.execute(
        """
        delete from queue_start t using queue u
        where u.id = t.queue_id and u.id = any (?::uuid[])
          and t.time < clock_timestamp() - greatest(u.rate_period, u.key_rate_period)
        """,
        (Object) ids);
  }

  /**
   * Sessions that may be woken and that nobody wishes active although their next run waits in a
   * queue without bounds and could start now, those of the highest priority first.
   */
  List<Asleep> asleep(int limit) {
    return sql.resultQuery(
            """
            select x.project_id, x.session_id, x.run_id
            from queue u, lateral (
              select s.project_id, s.id as session_id, r.id as run_id, r.priority
              from run r join session s on s.id = r.session_id
              where r.queue_id = u.id and r.state = 'QUEUED' and r.next and not r.admitted
                and (r.not_before is null or r.not_before <= clock_timestamp())
                and s.desired = 'STOPPED' and (s.auto_resume or s.throwaway)
              order by r.priority desc, r.queue_key, r.id
              limit 100) x
            where not u.bounded and not u.paused and u.delete_time is null
            order by x.priority desc, x.run_id
            limit ?
            """,
            limit)
        .fetch(row ->
            new Asleep(
                new ProjectId(row.get(0, UUID.class)),
                new SessionId(row.get(1, UUID.class)),
                new RunId(row.get(2, UUID.class))));
  }

  /** The run's session is woken for it. */
  void admitOne(RunId run) {
    sql.execute(
        "update run set admitted = true where id = ? and state = 'QUEUED' and next", run.value());
  }

  /** A run whose time has come. */
  record Due(RunId run, ProjectId project, @Nullable SessionId session, int priority) {}

  List<Due> due(int limit) {
    return sql.resultQuery(
            """
            select id, session_id, priority, project_id from run
            where state = 'QUEUED' and delayed and not_before <= clock_timestamp()
            order by not_before limit ?
            """,
            limit)
        .fetch(row ->
            new Due(
                run(row),
                new ProjectId(row.get(3, UUID.class)),
                session(row, 1),
                row.get(2, Integer.class)));
  }

  /** The run waits for its turn from now on; false where it does so already, or no more at all. */
  boolean endDelay(RunId run) {
    return sql.execute(
            """
            update run set delayed = false, next = next or session_id is null
            where id = ? and state = 'QUEUED' and delayed
            """,
            run.value())
        == 1;
  }

  private static @Nullable SessionId session(org.jooq.Record row, int column) {
    UUID id = row.get(column, UUID.class);
    return id == null ? null : new SessionId(id);
  }

  private static RunId run(org.jooq.Record row) {
    return new RunId(row.get(0, UUID.class));
  }
}
