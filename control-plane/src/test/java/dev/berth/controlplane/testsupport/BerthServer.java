package dev.berth.controlplane.testsupport;

import dev.berth.common.Channels;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.ApiKeys;
import dev.berth.controlplane.platform.auth.Authenticator;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.auth.Role;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.grpc.Listeners;
import dev.berth.controlplane.platform.store.StoreEndpoint;
import dev.berth.sql.db.Tables;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The whole control plane in this JVM: real listeners on free ports, a database of its own on
 * {@link TestPostgres}, its own embedded object store, two projects ({@code default} and {@code
 * other}).
 *
 * <pre>{@code
 * @RegisterExtension static final BerthServer berth = BerthServer.create();
 * RunServiceGrpc.newBlockingStub(berth.channel()) …
 * }</pre>
 *
 * Or by hand: {@code try (BerthServer berth = BerthServer.create().start()) …}, and {@code
 * berth.replica()} for another process's worth of server on the same database and store.
 */
public final class BerthServer implements AutoCloseable, BeforeAllCallback, AfterAllCallback {
  private final Map<String, Object> properties = new LinkedHashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private @Nullable Clock clock;
  private boolean embeddedDatabase;
  private @Nullable String databaseUrl;
  private @Nullable Path home;
  private @Nullable ApplicationContext context;

  private BerthServer() {}

  public static BerthServer create() {
    return new BerthServer();
  }

  /**
   * Before the start: a property of the configuration records, for example {@code
   * berth.lease.heartbeat}.
   */
  public BerthServer with(String property, Object value) {
    properties.put(property, value);
    return this;
  }

  /** Before the start: reconcilers only run by hand, {@code bean(X.class).runOnce()}. */
  public BerthServer withoutReconcilers() {
    return with("berth.reconcilers.enabled", false);
  }

  /** Before the start: on the embedded PostgreSQL, as after a first start on a fresh machine. */
  public BerthServer withEmbeddedDatabase() {
    embeddedDatabase = true;
    return this;
  }

  /** Before the start: the clock of this server. */
  public BerthServer with(Clock clock) {
    this.clock = clock;
    return this;
  }

  public BerthServer start() {
    try {
      home = home == null ? Files.createTempDirectory("berth-test") : home;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (databaseUrl == null && !embeddedDatabase) {
      databaseUrl = TestPostgres.shared().newDatabase();
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("berth.home", home.toString());
    all.put("berth.projects", "default,other");
    all.put("berth.listeners.public.port", 0);
    all.put("berth.listeners.executor.port", 0);
    all.put("berth.metrics.port", 0);
    if (databaseUrl != null) {
      all.put("berth.database.url", databaseUrl);
      all.put("berth.database.user", TestPostgres.USER);
    }
    all.put("berth.database.pool-size", 8);
    all.put("berth.bounds.drain-grace", "1s");
    all.putAll(properties);
    ApplicationContext starting =
        ApplicationContext.builder()
            .deduceEnvironment(false)
            .environments("test")
            .banner(false)
            .properties(all)
            .build();
    if (clock != null) {
      starting.registerSingleton(Clock.class, clock);
    }
    starting.start();
    context = starting;
    boolean up = false;
    try {
      up = starting.getBean(EmbeddedServer.class).start().isRunning();
    } finally {
      if (!up) {
        context = null;
        starting.stop();
      }
    }
    return this;
  }

  /** Another replica on the same database and object store, started; the caller closes it. */
  public BerthServer replica() {
    StoreEndpoint store = bean(StoreEndpoint.class);
    BerthServer replica = create();
    replica.databaseUrl = databaseUrl;
    replica.clock = clock;
    replica.properties.putAll(properties);
    return replica
        .with("berth.store.endpoint", store.endpoint())
        .with("berth.store.access-key", store.accessKey())
        .with("berth.store.secret-key", store.secretKey())
        .start(Objects.requireNonNull(home));
  }

  private BerthServer start(Path sharedKeys) {
    try {
      home = Files.createTempDirectory("berth-test");
      Files.copy(sharedKeys.resolve("api-key"), home.resolve("api-key"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return start();
  }

  public <T> T bean(Class<T> type) {
    return Objects.requireNonNull(context, "not started").getBean(type);
  }

  public DSLContext sql() {
    return bean(DSLContext.class);
  }

  public Transactions transactions() {
    return bean(Transactions.class);
  }

  public Path home() {
    return Objects.requireNonNull(home);
  }

  /** The ADMIN key of the project {@code default}. */
  public String key() {
    return read(home().resolve("api-key"));
  }

  /** The ADMIN key of the project {@code other}. */
  public String otherKey() {
    return read(home().resolve("keys").resolve("other"));
  }

  public String newKey(ProjectId project, Role role) {
    return bean(ApiKeys.class).create(project, "test", role);
  }

  public ProjectId project() {
    return project("default");
  }

  public ProjectId project(String name) {
    return sql()
        .select(Tables.PROJECT.ID)
        .from(Tables.PROJECT)
        .where(Tables.PROJECT.NAME.eq(name))
        .fetchSingle(Tables.PROJECT.ID);
  }

  /**
   * The caller that the key of the project {@code default} stands for, to call services directly.
   */
  public Caller caller() {
    return new Caller(
        bean(Authenticator.class).authenticate("Bearer " + key()), "0123456789abcdef".repeat(2));
  }

  public int publicPort() {
    return bean(Listeners.class).publicListener().port();
  }

  public int executorPort() {
    return bean(Listeners.class).executorListener().port();
  }

  /** The public listener, with the ADMIN key of the project {@code default}. */
  public Channel channel() {
    return channel(key());
  }

  public Channel channel(String credential) {
    return with(open(publicPort()), credential);
  }

  /** The executor listener, with an executor's credential or an enrolment token. */
  public Channel executorChannel(String credential) {
    return with(open(executorPort()), credential);
  }

  /** A channel without a credential, closed with this server. */
  public ManagedChannel open(int port) {
    ManagedChannel channel = Channels.open("127.0.0.1:" + port, Channels.Tls.NONE);
    opened.add(channel::shutdownNow);
    return channel;
  }

  private static Channel with(ManagedChannel channel, String credential) {
    Metadata headers = Channels.authorization(credential);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /**
   * Stops the server and starts it again on the same database, home and properties, on new ports.
   */
  public BerthServer restart() {
    stop();
    return start();
  }

  private void stop() {
    for (AutoCloseable closeable : opened) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    opened.clear();
    ApplicationContext running = context;
    context = null;
    if (running != null) {
      running.getBean(EmbeddedServer.class).stop();
    }
  }

  @Override
  public void close() {
    stop();
    delete(home);
  }

  @Override
  public void beforeAll(ExtensionContext extension) {
    BerthServer started = start();
    assert started == this;
  }

  @Override
  public void afterAll(ExtensionContext extension) {
    close();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(@Nullable Path directory) {
    if (directory == null) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
