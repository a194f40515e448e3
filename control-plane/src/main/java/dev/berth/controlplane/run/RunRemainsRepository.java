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
   * The oldest runs that ended longer ago than that by the database's clock, locked; runs that
   * somebody else works on are passed over. Ids sort by time, so no index of ends is needed.
   */
  List<RunId> endedBefore(Duration age, int limit) {
    return sql.resultQuery(
            """
            select id from run
            where id < uuid7_floor(now() - ? * interval '1 microsecond')
              and end_time < now() - ? * interval '1 microsecond'
            order by id limit ?
            for update skip locked
            """,
            age.toNanos() / 1_000,
            age.toNanos() / 1_000,
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
