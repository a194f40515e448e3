package dev.berth.controlplane.metrics;

import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jooq.DSLContext;
import org.jooq.Record;

/** Reads the counts, for every project, also where they are zero. */
@Singleton
final class MetricsRepository {
  private static final String UNSAVED =
      """
      select p.name as project, coalesce(sum(u.disk_bytes), 0)::bigint as bytes,
             count(u.session_id) as copies, coalesce(sum(u.sync_failures), 0)::bigint as failures
      from project p
      left join (select s.project_id, c.* from copy c
                 join session s on s.id = c.session_id
                 join executor e on e.id = c.executor_id
                 where c.dirty and e.state <> 'DELETED') u on u.project_id = p.id
      group by p.name order by p.name
      """;

  private static final String SESSIONS =
      """
      select p.name as project, t.state, coalesce(s.count, 0) as value
      from project p
      cross join unnest(?::text[]) with ordinality as t (state, n)
      left join (select project_id, state, count(*) from session
                 where state <> 'DELETED' group by project_id, state) s
        on s.project_id = p.id and s.state = t.state
      order by p.name, t.n
      """;

  /** In two parts, so that each finds its partial index. */
  private static final String RUNS =
      """
      select p.name as project, t.state, coalesce(r.count, 0) as value
      from project p
      cross join unnest(?::text[]) with ordinality as t (state, n)
      left join (select project_id, state, count(*) from run
                 where state = 'QUEUED' group by project_id, state
                 union all
                 select project_id, state, count(*) from run
                 where state in ('STARTING', 'RUNNING', 'WAITING') group by project_id, state) r
        on r.project_id = p.id and r.state = t.state
      order by p.name, t.n
      """;

  private static final String ARTIFACTS =
      """
      select p.name as project, coalesce(sum(a.size_bytes), 0)::bigint as value
      from project p left join artifact a on a.project_id = p.id and a.state = 'READY'
      group by p.name order by p.name
      """;

  private static final String EXECUTORS =
      """
      select p.name as project, e.state,
             case when e.link_replica_id is null or e.expired then 'disconnected'
                  when e.ready then 'ready' else 'not_ready' end as link,
             count(*) as value
      from executor e join project p on p.id = e.project_id
      where e.state <> 'DELETED'
      group by 1, 2, 3 order by 1, 2, 3
      """;

  private final DSLContext sql;

  MetricsRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** What no snapshot has, by project. */
  record Unsaved(String project, long bytes, long copies, long failures) {}

  List<Unsaved> unsaved() {
    return sql.fetch(UNSAVED)
        .map(row ->
            new Unsaved(
                row.get("project", String.class),
                row.get("bytes", Long.class),
                row.get("copies", Long.class),
                row.get("failures", Long.class)));
  }

  List<Gauge.Sample> sessions(List<String> states) {
    return sql.fetch(SESSIONS, (Object) states.toArray(String[]::new))
        .map(row -> sample(row, "project", "state"));
  }

  List<Gauge.Sample> runs(List<String> states) {
    return sql.fetch(RUNS, (Object) states.toArray(String[]::new))
        .map(row -> sample(row, "project", "state"));
  }

  List<Gauge.Sample> artifactBytes() {
    return sql.fetch(ARTIFACTS).map(row -> sample(row, "project"));
  }

  List<Gauge.Sample> executors() {
    return sql.fetch(EXECUTORS).map(row -> sample(row, "project", "state", "link"));
  }

  private static Gauge.Sample sample(Record row, String... labels) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String label : labels) {
      String value = row.get(label, String.class);
      values.put(label, label.equals("state") ? value.toLowerCase(Locale.ROOT) : value);
    }
    return new Gauge.Sample(values, row.get("value", Long.class));
  }
}
