package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_ATTEMPT;
import static dev.berth.sql.db.Tables.RUN_CURSOR;

import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;

/** Removes runs that ended, with all their rows. */
@Singleton
final class RunRemainsRepository {
  private final DSLContext sql;

  RunRemainsRepository(DSLContext sql) {
    this.sql = sql;
  }

  List<RunId> oldest(SessionId session, int limit) {
    return sql.select(RUN.ID)
        .from(RUN)
        .where(RUN.SESSION_ID.eq(session))
        .orderBy(RUN.ID)
        .limit(limit)
        .fetch(RUN.ID);
  }

  /**
   * Runs that ended longer ago than their retention by the database's clock, or than {@code usual}
   * where they have none, locked; runs that somebody else works on are passed over. The index is
   * sought from one retention to the next, so it costs no more where some are kept for long.
   */
  List<RunId> ended(Duration usual, int limit) {
    return sql.resultQuery(
            """
            with recursive kept as (
              (select retention from run where end_time is not null and retention is not null
               order by retention limit 1)
              union all
              (select x.retention from kept k, lateral (
                 select r.retention from run r where r.end_time is not null and r.retention > k.retention
                 order by r.retention limit 1) x)),
            ended as (
              (select id from run
               where retention is null and end_time < now() - ? * interval '1 microsecond'
               order by end_time limit ?)
              union all
              (select r.id from kept k, lateral (
                 select id from run where retention = k.retention and end_time < now() - k.retention
                 order by end_time limit ?) r))
            select r.id from run r join (select id from ended limit ?) e on e.id = r.id
            order by r.id
            for update of r skip locked
            """,
            usual.toNanos() / 1_000,
            limit,
            limit,
            limit)
        .fetch(row -> new RunId(row.get(0, UUID.class)));
  }

  /** Removes up to {@code limit} events of the runs; answers how many. */
  int deleteEvents(List<RunId> runs, int limit) {
    return sql.execute(
        """
        delete from run_event e
        using (select run_id, seq from run_event where run_id = any (?::uuid[])
               order by run_id, seq limit ?) batch
        where e.run_id = batch.run_id and e.seq = batch.seq and e.run_id = any (?::uuid[])
        """,
        uuids(runs),
        limit,
        uuids(runs));
  }

  void delete(List<RunId> runs) {
    sql.deleteFrom(RUN_ATTEMPT).where(RUN_ATTEMPT.RUN_ID.in(runs)).execute();
    sql.deleteFrom(RUN_CURSOR).where(RUN_CURSOR.RUN_ID.in(runs)).execute();
    sql.deleteFrom(RUN).where(RUN.ID.in(runs)).execute();
  }

  private static UUID[] uuids(List<RunId> runs) {
    return runs.stream().map(RunId::value).toArray(UUID[]::new);
  }
}
