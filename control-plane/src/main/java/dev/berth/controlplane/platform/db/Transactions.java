package dev.berth.controlplane.platform.db;

import dev.berth.common.RetryPolicy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jooq.ConnectionProvider;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions at READ COMMITTED. Statements of the injected {@code DSLContext} on the same thread
 * belong to the one under way; outside of one each statement is its own.
 *
 * <p>A call inside another joins it and commits with it. The outermost is run again, from its
 * beginning, up to {@value #ATTEMPTS} times in all when the database ends it for a deadlock or a
 * serialization failure: work does nothing but database statements, and no remote call. What must
 * follow the commit is given to {@link #afterCommit}. When work throws, everything is rolled back
 * and the exception passes unchanged.
 */
public final class Transactions {
  static final int ATTEMPTS = 5;
  private static final RetryPolicy BACKOFF =
      new RetryPolicy(Duration.ofMillis(5), Duration.ofMillis(200));
  private static final Logger log = LoggerFactory.getLogger(Transactions.class);

  private record Current(Connection connection, Map<Object, Runnable> afterCommit) {}

  private final DataSource pool;
  private final ScopedValue<Current> current = ScopedValue.newInstance();

  Transactions(DataSource pool) {
    this.pool = pool;
  }

  public <T> T call(Supplier<T> work) {
    if (current.isBound()) {
      return work.get();
    }
    for (int attempt = 1; ; attempt++) {
      try {
        return once(work);
      } catch (RuntimeException e) {
        if (attempt == ATTEMPTS || !isConflict(e)) {
          throw e;
        }
        log.debug("transaction tried again after a conflict, attempt {}", attempt, e);
        pause(BACKOFF.delay(attempt, ThreadLocalRandom.current()));
      }
    }
  }

  public void run(Runnable work) {
    Boolean done =
        call(() -> {
          work.run();
          return Boolean.TRUE;
        });
    assert done;
  }

  /**
   * Runs {@code action} once the transaction under way has committed, never if it does not; at once
   * when there is none. Actions run in order on the caller's thread, outside of the transaction;
   * what they throw is logged.
   */
  public void afterCommit(Runnable action) {
    afterCommit(new Object(), action);
  }

  /** As {@link #afterCommit(Runnable)}; of those with equal keys in one transaction the first. */
  public void afterCommit(Object key, Runnable action) {
    if (current.isBound()) {
      current.get().afterCommit().putIfAbsent(key, action);
    } else {
      action.run();
    }
  }

  /** Whether this thread is in a transaction. */
  public boolean isActive() {
    return current.isBound();
  }

  /** Guards remote calls: throws {@link IllegalStateException} inside a transaction. */
  public void requireNone(String what) {
    if (current.isBound()) {
      throw new IllegalStateException(what + " inside a transaction");
    }
  }

  private <T> T once(Supplier<T> work) {
    Map<Object, Runnable> afterCommit = new LinkedHashMap<>();
    T result;
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      boolean done = false;
      try {
        result = ScopedValue.where(current, new Current(connection, afterCommit)).call(work::get);
        connection.commit();
        done = true;
      } finally {
        if (!done) {
          rollBack(connection);
        }
      }
    } catch (SQLException e) {
      throw new DataAccessException("transaction", e);
    }
    for (Runnable action : afterCommit.values()) {
      try {
        action.run();
      } catch (RuntimeException e) {
        log.warn("an action after a commit failed", e);
      }
    }
    return result;
  }

  private static void rollBack(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      log.debug("rollback failed; the connection is given up", e);
    }
  }

  private static boolean isConflict(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return "40001".equals(sql.getSQLState()) || "40P01".equals(sql.getSQLState());
      }
    }
    return false;
  }

  private static void pause(Duration pause) {
    try {
      boolean released = new CountDownLatch(1).await(pause.toNanos(), TimeUnit.NANOSECONDS);
      assert !released;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.util.concurrent.CancellationException("interrupted between transactions");
    }
  }

  ConnectionProvider connections() {
    return new ConnectionProvider() {
      @Override
      public Connection acquire() {
        if (current.isBound()) {
          return current.get().connection();
        }
        try {
          return pool.getConnection();
        } catch (SQLException e) {
          throw new DataAccessException("connection", e);
        }
      }

      @Override
      public void release(Connection connection) {
        if (current.isBound() && current.get().connection() == connection) {
          return;
        }
        try {
          connection.close();
        } catch (SQLException e) {
          throw new DataAccessException("connection", e);
        }
      }
    };
  }
}
