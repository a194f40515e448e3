package dev.berth.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.scheduling.BackgroundJobRequest;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.gson.GsonJsonMapper;

/**
 * Job schedulers on the same PostgreSQL, as libraries in this process, doing nothing {@value
 * RunQueue#AT_ONCE} at a time with as many connections as a control plane has.
 */
final class Peers implements AutoCloseable {
  private static final String TABLE =
      """
      create table if not exists scheduled_tasks (
        task_name text not null, task_instance text not null, task_data bytea,
        execution_time timestamptz not null, picked boolean not null, picked_by text,
        last_success timestamptz, last_failure timestamptz, consecutive_failures int,
        last_heartbeat timestamptz, version bigint not null, priority smallint,
        primary key (task_name, task_instance));
      create index if not exists execution_time_idx on scheduled_tasks (execution_time);
      create index if not exists last_heartbeat_idx on scheduled_tasks (last_heartbeat);
      """;

  private final HikariDataSource pool;

  Peers(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection()) {
      connection.createStatement().execute("create schema if not exists peers");
    }
    var config = new HikariConfig();
    config.setDataSource(database);
    config.setMaximumPoolSize(RunQueue.CONNECTIONS);
    config.setSchema("peers");
    pool = new HikariDataSource(config);
    execute(TABLE);
  }

  /** Microseconds a task, from the start of the scheduler until its table is empty. */
  double dbScheduler(int count) throws SQLException, InterruptedException {
    var tasks = new CountDownLatch(count);
    var task = Tasks.oneTime("noop").execute((instance, context) -> tasks.countDown());
    Scheduler scheduler =
        Scheduler.create(pool, task)
            .threads(RunQueue.AT_ONCE)
            .pollingInterval(Duration.ofMillis(50))
            .pollUsingLockAndFetch(0.5, 4.0)
            .build();
    Instant now = Clock.systemUTC().instant();
    scheduler.scheduleBatch(
        IntStream.range(0, count)
            .<TaskInstance<?>>mapToObj(i -> new TaskInstance<>("noop", String.valueOf(i)))
            .toList(),
        now);
    execute("analyze scheduled_tasks");
    long from = System.nanoTime();
    scheduler.start();
    boolean done = tasks.await(5, TimeUnit.MINUTES);
    while (done && !empty("scheduled_tasks")) {
      LockSupport.parkNanos(1_000_000);
    }
    long took = System.nanoTime() - from;
    scheduler.stop();
    if (!done) {
      throw new IllegalStateException(tasks.getCount() + " tasks are left");
    }
    return took / 1e3 / count;
  }

  /** What JobRunr is asked to do; it calls public classes alone. */
  public record Noop() implements JobRequest {
    @Override
    public Class<Handler> getJobRequestHandler() {
      return Handler.class;
    }
  }

  /** Does nothing, and is counted. */
  public record Handler(CountDownLatch jobs) implements JobRequestHandler<Noop> {
    @Override
    public void run(Noop request) {
      jobs.countDown();
    }
  }

  /** The same of JobRunr, from the start of its server until the last job has run. */
  double jobRunr(int count) throws InterruptedException {
    var jobs = new CountDownLatch(count);
    var handler = new Handler(jobs);
    var storage = new PostgresStorageProvider(pool);
    var server =
        BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
            .andWorkerCount(RunQueue.AT_ONCE)
            .andPollInterval(Duration.ofSeconds(5));
    var started =
        JobRunr.configure()
            .useJsonMapper(new GsonJsonMapper())
            .useJobActivator(
                new JobActivator() {
                  @Override
                  public <T> T activateJob(Class<T> type) {
                    return type.cast(handler);
                  }
                })
            .useStorageProvider(storage)
            .useBackgroundJobServer(server, false)
            .initialize();
    assert started != null;
    BackgroundJobRequest.enqueue(Stream.generate(Noop::new).limit(count));
    long from = System.nanoTime();
    JobRunr.getBackgroundJobServer().start();
    boolean done = jobs.await(5, TimeUnit.MINUTES);
    long took = System.nanoTime() - from;
    JobRunr.destroy();
    if (!done) {
      throw new IllegalStateException(jobs.getCount() + " jobs are left");
    }
    return took / 1e3 / count;
  }

  private boolean empty(String table) throws SQLException {
    try (Connection connection = pool.getConnection();
        var rows =
            connection
                .createStatement()
                .executeQuery("select exists (select from " + table + ")")) {
      return rows.next() && !rows.getBoolean(1);
    }
  }

  private void execute(String statement) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.createStatement().execute(statement);
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
