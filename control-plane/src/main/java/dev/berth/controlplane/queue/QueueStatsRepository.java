package dev.berth.controlplane.queue;

import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import org.jooq.DSLContext;

/** Counts the runs of a queue. Each count is one statement, so of one moment. */
@Singleton
final class QueueStatsRepository {
  private static final int MOST_KEYS = 20;

  private static final String COUNTS =
      """
      select w.waiting, w.delayed, w.oldest,
        (select count(*) from run a where a.queue_id = q.id
           and a.state in ('STARTING', 'RUNNING', 'WAITING')) as active,
        e.ended, e.failed
      from queue q,
        lateral (select count(*) as waiting,
                   count(*) filter (where r.not_before > clock_timestamp()) as delayed,
                   min(r.create_time) filter
                     (where r.not_before is null or r.not_before <= clock_timestamp()) as oldest
                 from run r where r.queue_id = q.id and r.state = 'QUEUED') w,
        lateral (select count(*) as ended, count(*) filter (where r.state <> 'SUCCEEDED') as failed
                 from run r where r.queue_id = q.id and r.end_time is not null
                   and r.end_time > clock_timestamp() - interval '1 minute') e
      where q.id = ?
      """;

  private static final String KEYS =
      """
      select queue_key, count(*) filter (where state = 'QUEUED') as waiting,
        count(*) filter (where state <> 'QUEUED') as active
      from run where queue_id = ? and state in ('QUEUED', 'STARTING', 'RUNNING', 'WAITING')
      group by queue_key order by count(*) desc, queue_key limit ?
      """;

  private final DSLContext sql;

  QueueStatsRepository(DSLContext sql) {
    this.sql = sql;
  }

  QueueStats of(Queue queue) {
    List<QueueStats.Key> keys =
        queue.wanted().spec().key().equals(QueueKey.NONE) ? List.of() : keys(queue);
    return sql.resultQuery(COUNTS, queue.id().value())
        .fetchSingle(row ->
            new QueueStats(
                row.get("waiting", Long.class),
                row.get("delayed", Long.class),
                row.get("active", Long.class),
                row.get("oldest", Instant.class),
                row.get("ended", Long.class),
                row.get("failed", Long.class),
                keys));
  }

  private List<QueueStats.Key> keys(Queue queue) {
    return sql.resultQuery(KEYS, queue.id().value(), MOST_KEYS)
        .fetch(row ->
            new QueueStats.Key(
                row.get("queue_key", String.class),
                row.get("waiting", Long.class),
                row.get("active", Long.class)));
  }
}
