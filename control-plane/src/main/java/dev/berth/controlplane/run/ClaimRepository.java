package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Result;

/**
 * The statements by which waiting runs become attempts: that for queues without bounds goes from
 * the workers at hand to the next run of each one's session, those for bounded queues from the runs
 * that are admitted. None ever looks at what else waits, so their cost does not grow with the
 * length of a queue.
 *
 * <p>A claim never waits for a lock on session, run or worker: what another transaction holds is
 * left for the next pass. So it may lock them in any order.
 */
@Singleton
final class ClaimRepository {

  /**
   * A session {@code s} whose worker {@code w} is ready on a connected executor {@code e}, and
   * whose run {@code r} is next and due; where no run of it is under way (counted, so that it is
   * looked up by the session whatever the planner believes). From an executor that is emptied the
   * session moves first, unless that fails.
   */
  private static final String STARTABLE =
      """
            w.state in ('CREATING', 'PREPARING', 'READY', 'STOPPING')
          and w.state = 'READY' and w.desired = 'READY'
          and e.link_replica_id is not null and e.ready and not e.expired
          and s.state = 'ACTIVE' and s.desired = 'ACTIVE'
          and c.state = 'PRESENT'
          and (e.state not in ('DRAINING', 'DRAINED') or c.sync_failures > 0)
          and r.state = 'QUEUED' and r.next
          and (r.not_before is null or r.not_before <= clock_timestamp())
          and (r.start_by is null or r.attempt > 0 or r.start_by > clock_timestamp())
          and (select count(*) from run a where a.session_id = s.id
                 and a.state in ('STARTING', 'RUNNING', 'WAITING')) = 0
      """;

  /**
   * Each run of {@code head} becomes STARTING under a new attempt; the cursor starts anew for it;
   * the copy is dirty from now on; the use of the session is counted, and the start where its queue
   * has a rate: all before any process starts.
   */
  private static final String CLAIM =
      """
      numbered as (select head.*, row_number() over () as nr from head),
      claimed as (
        update run r
        set state = 'STARTING', attempt = r.attempt + 1, attempt_id = ids.id,
            attempt_start_time = clock_timestamp(), worker_id = n.worker_id,
            executor_id = n.executor_id, worker_generation = n.generation,
            image_digest = n.image_digest, not_before = null, admitted = false,
            version = r.version + 1, update_time = clock_timestamp()
        from numbered n join unnest(?::uuid[]) with ordinality as ids (id, nr) using (nr)
        where r.id = n.run_id
        returning r.id, r.session_id, r.attempt_id, r.executor_id, r.queue_id, r.queue_key),
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
        from claimed c where s.id = c.session_id),
      starts as (
        insert into queue_start (queue_id, queue_key, time)
        select c.queue_id, c.queue_key, clock_timestamp() from claimed c
        join queue u on u.id = c.queue_id where u.rate_tokens > 0 or u.key_rate_tokens > 0)
      select id, attempt_id, executor_id from claimed
      """;

  private static final String FROM_WORKERS =
      """
      with head as (
        select r.id as run_id, w.id as worker_id, w.executor_id, w.generation, w.image_digest
        from worker w
        join executor e on e.id = w.executor_id
        join session s on s.id = w.session_id
        join copy c on c.session_id = w.session_id and c.executor_id = w.executor_id
        join run r on r.session_id = w.session_id
        join queue u on u.id = r.queue_id
        where %s
          and not u.bounded and not u.paused
        order by r.priority desc, r.id
        limit ?
        for no key update of s, r skip locked
        for share of w skip locked),
      """
              .formatted(STARTABLE)
          + CLAIM;

  /**
   * Of the runs that are admitted as many as each queue and each of its keys has room for now; the
   * caller holds the turns of the queues, so nobody else takes of that room.
   */
  private static final String ADMITTED =
      """
      with bound as (
        select u.id, u.max_concurrency_per_key, u.key_rate_tokens, u.key_rate_period,
          least(
            case when u.max_concurrency = 0 then null else u.max_concurrency -
              (select count(*) from run a where a.queue_id = u.id
                 and a.state in ('STARTING', 'RUNNING', 'WAITING')) end,
            case when u.rate_tokens = 0 then null else u.rate_tokens -
              (select count(*) from queue_start t where t.queue_id = u.id
                 and t.time > clock_timestamp() - u.rate_period) end,
            ?) as room
        from queue u where u.id = any (?::uuid[]) and not u.paused),
      startable as materialized (
        select r.id as run_id, r.priority, r.queue_id, r.queue_key, %s
        where r.queue_id in (select id from bound where room > 0) and r.admitted
          and %s),
      keyed as (
        select t.*, b.room,
          row_number() over (partition by t.queue_id, t.queue_key order by t.priority desc, t.run_id) as in_key,
          case when b.max_concurrency_per_key = 0 then null else b.max_concurrency_per_key -
            (select count(*) from run a where a.queue_id = t.queue_id and a.queue_key = t.queue_key
               and a.state in ('STARTING', 'RUNNING', 'WAITING')) end as key_room,
          case when b.key_rate_tokens = 0 then null else b.key_rate_tokens -
            (select count(*) from queue_start q where q.queue_id = t.queue_id and q.queue_key = t.queue_key
               and q.time > clock_timestamp() - b.key_rate_period) end as key_starts
        from startable t join bound b on b.id = t.queue_id),
      ranked as (
        select *, row_number() over (partition by queue_id order by in_key, priority desc, run_id) as in_queue
        from keyed
        where in_key <= coalesce(key_room, in_key) and in_key <= coalesce(key_starts, in_key)),
      head as (select * from ranked where in_queue <= room order by priority desc, run_id limit ?),
      """;

  private static final String FROM_ADMITTED =
      ADMITTED.formatted(
              """
              w.id as worker_id, w.executor_id, w.generation, w.image_digest
              from run r
              join session s on s.id = r.session_id
              join worker w on w.session_id = r.session_id
              join executor e on e.id = w.executor_id
              join copy c on c.session_id = w.session_id and c.executor_id = w.executor_id
              """,
              STARTABLE + "for no key update of s, r skip locked for share of w skip locked")
          + CLAIM;

  /** The same of runs without a session, for one executor. */
  private static final String SESSIONLESS_FROM_ADMITTED =
      ADMITTED.formatted(
              """
              null::uuid as worker_id, e.id as executor_id, null::bigint as generation, '' as image_digest
              from run r join executor e on e.project_id = r.project_id
              """,
              """
              r.state = 'QUEUED' and r.next and r.session_id is null
              and (r.not_before is null or r.not_before <= clock_timestamp())
              and (r.start_by is null or r.attempt > 0 or r.start_by > clock_timestamp())
              and r.provider = any (e.sessionless_providers)
              and e.id = ? and e.link_epoch = ? and e.link_replica_id is not null and e.ready
              and not e.expired and e.state = 'ACTIVE'
              for no key update of r skip locked
              """)
          + CLAIM;

  private final DSLContext sql;

  ClaimRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Claims at most as many runs of queues without bounds as there are attempt ids. */
  List<Claim> claim(List<AttemptId> attempts) {
    return claims(sql.fetch(FROM_WORKERS, attempts.size(), uuids(attempts)));
  }

  /** The same of the queues whose turns the caller holds. */
  List<Claim> claimAdmitted(List<QueueId> queues, List<AttemptId> attempts) {
    UUID[] ids = queues.stream().map(QueueId::value).toArray(UUID[]::new);
    return claims(sql.fetch(FROM_ADMITTED, attempts.size(), ids, attempts.size(), uuids(attempts)));
  }

  /**
   * As {@link #claimAdmitted}, of runs without a session: to the executor, by the replica that
   * holds its link.
   */
  List<Claim> claimAdmitted(
      List<QueueId> queues, List<AttemptId> attempts, ExecutorId executor, long epoch) {
    UUID[] ids = queues.stream().map(QueueId::value).toArray(UUID[]::new);
    return claims(
        sql.fetch(
            SESSIONLESS_FROM_ADMITTED,
            attempts.size(),
            ids,
            executor.value(),
            epoch,
            attempts.size(),
            uuids(attempts)));
  }

  private static UUID[] uuids(List<AttemptId> attempts) {
    return attempts.stream().map(AttemptId::value).toArray(UUID[]::new);
  }

  private static List<Claim> claims(Result<?> claimed) {
    return claimed.map(row ->
        new Claim(
            new RunId(row.get(0, UUID.class)),
            new AttemptId(row.get(1, UUID.class)),
            new ExecutorId(row.get(2, UUID.class))));
  }
}
