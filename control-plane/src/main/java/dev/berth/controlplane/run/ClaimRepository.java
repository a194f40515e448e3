package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The two statements by which waiting runs become attempts. Both go from what can run to what
 * waits, never the other way: their cost grows with the workers and sessions at hand, not with the
 * length of a queue.
 *
 * <p>The claim never waits for a lock on session, run or worker: what another transaction holds is
 * left for the next pass. So it may lock them in any order.
 */
@Singleton
final class ClaimRepository {

  /**
   * The head of each session whose worker is ready on a connected executor, where no run of it is
   * under way. From an executor that is emptied the session moves first, unless that fails. It
   * becomes STARTING under a new attempt; the cursor starts anew for it; the copy is dirty from now
   * on; the use of the session is counted: all before any process starts.
   */
  private static final String CLAIM =
      """
      with head as (
        select r.id as run_id, w.id as worker_id, w.executor_id, w.generation, w.image_digest
        from worker w
        join executor e on e.id = w.executor_id
        join session s on s.id = w.session_id
        join copy c on c.session_id = w.session_id and c.executor_id = w.executor_id
        join run r on r.id = (select q.id from run q where q.session_id = w.session_id
                                and q.state = 'QUEUED' order by q.id limit 1)
        join queue u on u.id = r.queue_id
        where w.state in ('CREATING', 'PREPARING', 'READY', 'STOPPING')
          and w.state = 'READY' and w.desired = 'READY'
          and e.link_replica_id is not null and e.ready and not e.expired
          and s.state = 'ACTIVE' and s.desired = 'ACTIVE'
          and c.state = 'PRESENT'
          and (e.state not in ('DRAINING', 'DRAINED') or c.sync_failures > 0)
          and r.state = 'QUEUED'
          and (r.not_before is null or r.not_before <= clock_timestamp())
          and not exists (select from run a where a.session_id = w.session_id
                            and a.state in ('STARTING', 'RUNNING', 'WAITING'))
          and case when ?::uuid is null then u.max_concurrency = 0 else u.id = ?::uuid end
        order by r.priority desc, r.id
        limit ?
        for no key update of s, r skip locked
        for share of w skip locked),
      numbered as (select head.*, row_number() over () as n from head),
      claimed as (
        update run r
        set state = 'STARTING', attempt = r.attempt + 1, attempt_id = ids.id,
            attempt_start_time = clock_timestamp(), worker_id = n.worker_id,
            executor_id = n.executor_id, worker_generation = n.generation,
            image_digest = n.image_digest, not_before = null,
            version = r.version + 1, update_time = clock_timestamp()
        from numbered n join unnest(?::uuid[]) with ordinality as ids (id, n) using (n)
        where r.id = n.run_id
        returning r.id, r.session_id, r.attempt_id, r.executor_id),
      cursors as (
        update run_cursor k
        set attempt_id = c.attempt_id, out_offset = 0, err_offset = 0, sub = 0
        from claimed c where k.run_id = c.id),
      gates as (
        update copy y set dirty = true, dirty_version = y.dirty_version + 1, update_time = clock_timestamp()
        from claimed c where y.session_id = c.session_id and y.executor_id = c.executor_id),
      uses as (
        update session s
        set activity_version = s.activity_version + 1, last_activity_time = clock_timestamp()
        from claimed c where s.id = c.session_id)
      select id, attempt_id, executor_id from claimed
      """;

  /**
   * Sessions that resume by themselves and that nobody wishes active although a run of theirs could
   * start now, oldest first.
   */
  private static final String ASLEEP =
      """
      select s.project_id, s.id
      from session s
      join run r on r.id = (select q.id from run q where q.session_id = s.id
                              and q.state = 'QUEUED' order by q.id limit 1)
      join queue u on u.id = r.queue_id
      where s.desired = 'STOPPED' and s.state <> 'DELETED' and s.auto_resume
        and (r.not_before is null or r.not_before <= clock_timestamp())
        and (u.max_concurrency = 0 or u.max_concurrency >
             (select count(*) from run a where a.queue_id = u.id
                and a.state in ('STARTING', 'RUNNING', 'WAITING')))
      order by r.priority desc, r.id
      limit ?
      """;

  private final DSLContext sql;

  ClaimRepository(DSLContext sql) {
    this.sql = sql;
  }

  /**
   * Claims at most as many runs as there are attempt ids: those of queues without a limit, or of
   * the one queue that is named.
   */
  List<Claim> claim(@Nullable QueueId limited, List<AttemptId> attempts) {
    UUID queue = limited == null ? null : limited.value();
    UUID[] ids = attempts.stream().map(AttemptId::value).toArray(UUID[]::new);
    return sql.resultQuery(CLAIM, queue, queue, ids.length, ids)
        .fetch(row ->
            new Claim(
                new RunId(row.get(0, UUID.class)),
                new AttemptId(row.get(1, UUID.class)),
                new ExecutorId(row.get(2, UUID.class))));
  }

  /** A queue with a limit, and how many more of its runs may be under way. */
  record Room(QueueId queue, int free) {}

  /**
   * Locks the queues with a limit that have waiting runs, but for those that another claim holds,
   * until the transaction ends: then no one else claims from them.
   */
  List<QueueId> lockLimited() {
    return sql.resultQuery(
            """
            select u.id from queue u
            where u.max_concurrency > 0
              and exists (select from run r where r.queue_id = u.id and r.state = 'QUEUED')
            order by u.id
            for no key update skip locked
            """)
        .fetch(row -> new QueueId(row.get(0, UUID.class)));
  }

  /** How much room the locked queues have; a statement of its own, so that it sees every commit. */
  List<Room> room(List<QueueId> locked) {
    UUID[] ids = locked.stream().map(QueueId::value).toArray(UUID[]::new);
    return sql.resultQuery(
            """
            select u.id, u.max_concurrency - (select count(*)::int from run a where a.queue_id = u.id
                                                and a.state in ('STARTING', 'RUNNING', 'WAITING'))
            from queue u where u.id = any (?::uuid[]) order by u.id
            """,
            (Object) ids)
        .fetch(row -> new Room(new QueueId(row.get(0, UUID.class)), row.get(1, Integer.class)));
  }

  /** A session to be woken. */
  record Asleep(ProjectId project, SessionId session) {}

  List<Asleep> asleep(int limit) {
    return sql.resultQuery(ASLEEP, limit)
        .fetch(row ->
            new Asleep(
                new ProjectId(row.get(0, UUID.class)), new SessionId(row.get(1, UUID.class))));
  }
}
