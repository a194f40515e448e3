package dev.berth.controlplane.platform.db;

import dev.berth.common.PeriodicLoop;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hints between replicas that something changed, by topic ({@code run:<id>}, {@code session:<id>},
 * {@code executor:<id>}, {@code project:<id>}, {@code runs}, …). They shorten latency and decide
 * nothing: one may be lost, doubled or early, so whoever subscribes reads the tables, and reads
 * them now and then anyway.
 *
 * <p>{@link #publish} costs the caller nothing. Topics go out with NOTIFY on a connection of their
 * own: the first at once, those that come while one is under way, or within 5 ms after it, together
 * with the next, each once. Subscribers of this replica are told directly. After each new
 * connection to the database every subscriber is told, since hints may have been missed.
 */
@Singleton
public final class Notifications {
  private static final String CHANNEL = "berth";
  private static final Duration LISTEN_PAUSE = Duration.ofSeconds(10);

  /** How long further topics are collected once some have gone out. */
  private static final Duration REST = Duration.ofMillis(5);

  private static final Duration RECONNECT_LIMIT = Duration.ofSeconds(2);
  private static final Logger log = LoggerFactory.getLogger(Notifications.class);

  /** Ends a subscription; closing it twice does no harm. */
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  private final DatabaseEndpoint endpoint;
  private final Transactions transactions;
  private final Map<String, CopyOnWriteArrayList<Runnable>> subscribers = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private Set<String> pending = new LinkedHashSet<>();
  private final PeriodicLoop sending;
  private final PeriodicLoop listening;
  private volatile @Nullable Connection sender;
  private volatile @Nullable Connection listener;
  private volatile int senderPid;
  private volatile boolean closed;

  Notifications(DatabaseEndpoint endpoint, Transactions transactions) {
    this.endpoint = endpoint;
    this.transactions = transactions;
    this.sending = new PeriodicLoop("notify", Duration.ofHours(1), REST, this::send);
    this.listening = new PeriodicLoop("listen", RECONNECT_LIMIT, this::listen);
  }

  /** Begins to listen; before that, hints stay in this process. */
  public void start() {
    sending.start();
    listening.start();
  }

  @PreDestroy
  void close() {
    closed = true;
    closeQuietly(sender);
    closeQuietly(listener);
    sending.close();
    listening.close();
  }

  /**
   * Hints at {@code topic}: once after the commit of the transaction under way, or at once without
   * one.
   */
  public void publish(String topic) {
    transactions.afterCommit(
        topic,
        () -> {
          lock.lock();
          try {
            pending.add(topic);
          } finally {
            lock.unlock();
          }
          sending.wake();
          tell(topic);
        });
  }

  /** {@code hint} runs on a thread that serves all subscribers: it sets a signal and returns. */
  public Subscription subscribe(String topic, Runnable hint) {
    subscribers.compute(
        topic,
        (t, known) -> {
          CopyOnWriteArrayList<Runnable> hints =
              known == null ? new CopyOnWriteArrayList<>() : known;
          hints.add(hint);
          return hints;
        });
    return () ->
        subscribers.computeIfPresent(
            topic,
            (t, hints) -> {
              hints.remove(hint);
              return hints.isEmpty() ? null : hints;
            });
  }

  private void tell(String topic) {
    CopyOnWriteArrayList<Runnable> hints = subscribers.get(topic);
    if (hints != null) {
      hints.forEach(hint -> tell(topic, hint));
    }
  }

  private static void tell(String topic, Runnable hint) {
    try {
      hint.run();
    } catch (RuntimeException e) {
      log.warn("a subscriber of {} failed", topic, e);
    }
  }

  private void send() throws SQLException {
    Set<String> topics;
    lock.lock();
    try {
      topics = pending;
      pending = new LinkedHashSet<>();
    } finally {
      lock.unlock();
    }
    if (topics.isEmpty() || closed) {
      return;
    }
    Connection used = sender;
    try {
      try {
        send(topics);
      } catch (SQLException e) {
        if (used == null) {
          throw e;
        }
        dropSender();
        send(topics);
      }
    } catch (SQLException e) {
      dropSender();
      if (!closed) {
        throw e;
      }
    }
  }

  private void send(Set<String> topics) throws SQLException {
    Connection connection = senderConnection();
    try (PreparedStatement notify =
        connection.prepareStatement("select pg_notify(?, topic) from unnest(?) topic")) {
      notify.setString(1, CHANNEL);
      notify.setArray(2, connection.createArrayOf("text", topics.toArray()));
      notify.execute();
    }
  }

  private void dropSender() {
    closeQuietly(sender);
    sender = null;
  }

  private Connection senderConnection() throws SQLException {
    Connection connection = sender;
    if (connection == null || connection.isClosed()) {
      connection = connect();
      senderPid = connection.unwrap(PGConnection.class).getBackendPID();
      sender = connection;
    }
    return connection;
  }

  /** One life of the listening connection. */
  private void listen() throws SQLException {
    if (closed) {
      return;
    }
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      listener = connection;
      statement.execute("listen " + CHANNEL);
      PGConnection postgres = connection.unwrap(PGConnection.class);
      subscribers.keySet().forEach(this::tell);
      while (!closed) {
        PGNotification[] notifications =
            postgres.getNotifications(Math.toIntExact(LISTEN_PAUSE.toMillis()));
        if (notifications == null || notifications.length == 0) {
          statement.execute("select 1");
          continue;
        }
        for (PGNotification notification : notifications) {
          if (notification.getPID() != senderPid) {
            tell(notification.getParameter());
          }
        }
      }
    } catch (SQLException e) {
      if (!closed) {
        throw e;
      }
    } finally {
      listener = null;
    }
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", endpoint.user());
    properties.setProperty("password", endpoint.password());
    properties.setProperty("ApplicationName", "berth-notifications");
    properties.setProperty("tcpKeepAlive", "true");
    // a hint that falls with the database is missed by nobody: each reads the tables afterwards
    properties.setProperty("options", "-c synchronous_commit=off");
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", Long.toString(LISTEN_PAUSE.toSeconds() * 3));
    return DriverManager.getConnection(endpoint.url(), properties);
  }

  private static void closeQuietly(@Nullable Connection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        log.debug("closing a connection failed", e);
      }
    }
  }
}
