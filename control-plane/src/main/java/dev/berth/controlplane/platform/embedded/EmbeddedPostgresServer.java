package dev.berth.controlplane.platform.embedded;

import dev.berth.controlplane.platform.config.PrivateFiles;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of our own on loopback, its data kept under the home directory, password required
 * from its first moment. It is watched: a server that dies is started again on the same port, until
 * {@link #close}. A server left behind by a control plane that was killed is stopped in order
 * first; we hold the home's lock, so it can be nobody else's.
 */
@Singleton
public final class EmbeddedPostgresServer {
  private static final String USER = "postgres";
  private static final Duration START_WAIT = Duration.ofSeconds(60);
  private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgresServer.class);

  private final EmbeddedHome home;
  private final Path data;
  private final String password;
  private final int port;
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile @Nullable EmbeddedPostgres running;
  private volatile @Nullable Thread watch;

  EmbeddedPostgresServer(EmbeddedHome home) {
    this.home = home;
    this.data = home.directory("postgres").resolve("data");
    this.password = home.secret("postgres.password");
    Postmaster.stop(data);
    this.port = home.port("postgres.port");
  }

  @PostConstruct
  void start() {
    running = launch();
    ProcessHandle process = process();
    watch = Thread.ofVirtual().name("watch-postgres").start(() -> watch(process));
  }

  @PreDestroy
  void close() throws InterruptedException {
    closing.countDown();
    stop(running);
    Thread watching = watch;
    if (watching != null && !watching.join(START_WAIT)) {
      log.warn("the embedded PostgreSQL does not end");
    }
  }

  public String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  public String user() {
    return USER;
  }

  public String password() {
    return password;
  }

  /** The server's process; another one after a restart. Throws while none runs. */
  public ProcessHandle process() {
    try {
      return Postmaster.running(data)
          .orElseThrow(() -> new IllegalStateException("no server runs in " + data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EmbeddedPostgres launch() {
    Path passwordFile = home.directory("postgres").resolve("initdb-password");
    PrivateFiles.write(passwordFile, password + "\n");
    Redirect output = Redirect.appendTo(home.directory("postgres").resolve("server.log").toFile());
    try {
      return EmbeddedPostgres.builder()
          .setDataDirectory(data)
          .setCleanDataDirectory(false)
          .setOverrideWorkingDirectory(binaries().toFile())
          .setRegisterShutdownHook(false)
          .setPort(port)
          .setPGStartupWait(START_WAIT)
          .setOutputRedirector(output)
          .setErrorRedirector(output)
          .setLocaleConfig("auth", "scram-sha-256")
          .setLocaleConfig("pwfile", passwordFile.toString())
          .setLocaleConfig("locale", "C")
          .setConnectConfig("password", password)
          .setServerConfig("fsync", "on")
          .setServerConfig("synchronous_commit", "on")
          .setServerConfig("listen_addresses", "127.0.0.1")
          .setServerConfig("unix_socket_directories", "")
          .setServerConfig("max_connections", "200")
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded PostgreSQL does not start; see " + data, e);
    } finally {
      delete(passwordFile);
    }
  }

  private void watch(ProcessHandle first) {
    ProcessHandle process = first;
    try {
      while (true) {
        process.onExit().get();
        if (closing.await(0, TimeUnit.SECONDS)) {
          return;
        }
        log.warn("the embedded PostgreSQL, process {}, ended; starting it again", process.pid());
        stop(running);
        running = null;
        Optional<ProcessHandle> next = relaunch();
        if (next.isEmpty()) {
          return;
        }
        process = next.get();
        log.info("the embedded PostgreSQL runs again, process {}", process.pid());
      }
    } catch (InterruptedException e) {
      log.debug("no longer watching PostgreSQL");
    } catch (ExecutionException e) {
      log.error("cannot watch PostgreSQL", e);
    }
  }

  /** Tries until it runs; empty when we are to close first. */
  private Optional<ProcessHandle> relaunch() throws InterruptedException {
    do {
      try {
        Postmaster.stop(data);
        running = launch();
        return Optional.of(process());
      } catch (RuntimeException e) {
        log.warn("the embedded PostgreSQL does not start yet", e);
      }
    } while (!closing.await(1, TimeUnit.SECONDS));
    return Optional.empty();
  }

  private static void stop(@Nullable EmbeddedPostgres server) {
    if (server != null) {
      try {
        server.close();
      } catch (IOException e) {
        log.warn("stopping the embedded PostgreSQL failed", e);
      }
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      log.warn("cannot delete {}", file, e);
    }
  }

  /** The unpacked programs, shared by all homes of a user: 60 MB that are the same each time. */
  private static Path binaries() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return PrivateFiles.directory(base.resolve("berth").resolve("postgres"));
  }
}
