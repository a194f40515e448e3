package dev.berth.executor.gateway;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.common.Id.AttemptId;
import dev.berth.executor.gateway.Passing.UnreachableException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes what sandboxes ask of models on to where these are. Each sandbox has a listener on its own
 * loopback, so who asks is known by where; the token tells the attempts of one sandbox apart, opens
 * nothing elsewhere, and dies with its attempt. Who asked what kind of thing is logged, and what it
 * took; never what was said.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** Calls of one sandbox that are under way: more would take the room of others. */
  static final int CALLS = 64;

  private final Map<Vendor, Upstream> upstreams;
  private final Server server;
  private final Passing passing;

  private final Map<Connector, Guests> doors = new ConcurrentHashMap<>();

  /**
   * Who may ask through one listener.
   *
   * @param grants by the hash of the token
   */
  private record Guests(Map<String, Grant> grants, Semaphore calls) {
    Guests() {
      this(new ConcurrentHashMap<>(), new Semaphore(CALLS));
    }
  }

  public Gateway(Map<Vendor, Upstream> upstreams) {
    this.upstreams = Map.copyOf(upstreams);
    this.passing =
        new Passing(
            HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .version(HttpClient.Version.HTTP_1_1)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build());
    var threads = new QueuedThreadPool(64, 2);
    threads.setName("gateway");
    threads.setDaemon(true);
    threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server = new Server(threads);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            serve(request, response, callback);
            return true;
          }
        });
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("the gateway cannot start", e);
    }
  }

  /** A sandbox's own listener. */
  public final class Door implements AutoCloseable {
    private final ServerConnector connector;

    private Door(ServerConnector connector) {
      this.connector = connector;
    }

    /** From now on the token opens it, for this attempt. */
    public void grant(String tokenHash, AttemptId attempt) {
      grants(connector).put(tokenHash, new Grant(attempt));
    }

    /** What the attempt has used through this door. */
    public Usage used(AttemptId attempt) {
      return grants(connector).values().stream()
          .filter(grant -> grant.attempt().equals(attempt))
          .map(Grant::used)
          .reduce(Usage.NONE, Usage::plus);
    }

    /** What the attempt was granted is at its end. Answers whether nobody is granted anything. */
    public boolean revoke(AttemptId attempt) {
      grants(connector).values().removeIf(grant -> grant.attempt().equals(attempt));
      return grants(connector).isEmpty();
    }

    @Override
    public void close() {
      doors.remove(connector);
      try {
        connector.stop();
      } catch (Exception e) {
        LOG.debug("closing a listener", e);
      }
      server.removeConnector(connector);
    }
  }

  private Map<String, Grant> grants(Connector connector) {
    return doors.computeIfAbsent(connector, c -> new Guests()).grants();
  }

  /** Listens there, until it is closed. */
  public Door open(ServerSocketChannel listener) throws IOException {
    var http = new HttpConfiguration();
    http.setSendServerVersion(false);
    var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setIdleTimeout(Duration.ofMinutes(30).toMillis());
    connector.open(listener);
    server.addConnector(connector);
    try {
      connector.start();
    } catch (Exception e) {
      throw new IOException("cannot listen", e);
    }
    return new Door(connector);
  }

  /** As a token is known here. */
  public static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void serve(Request request, Response response, Callback callback) {
    var guests = doors.get(request.getConnectionMetaData().getConnector());
    var grant = guests == null ? null : guests.grants().get(hash(token(request)));
    if (guests == null || grant == null) {
      refuse(
          response, callback, 401, "authentication_error", "berth: the token opens nothing here");
    } else if (!guests.calls().tryAcquire()) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
      refuse(
          response,
          callback,
          429,
          "rate_limit_error",
          "berth: " + CALLS + " calls of this sandbox are under way");
    } else {
      try {
        serve(request, response, callback, grant);
      } finally {
        guests.calls().release();
      }
    }
  }

  private void serve(Request request, Response response, Callback callback, Grant grant) {
    var path = String.valueOf(request.getHttpURI().getCanonicalPath());
    var dialect = Dialect.at(path);
    if (dialect.isEmpty()) {
      refuse(response, callback, 404, "not_found_error", "berth: no model is asked at " + path);
    } else {
      var upstream = upstreams.get(dialect.get().vendor());
      if (upstream == null) {
        refuse(
            response, callback, 404, "not_found_error", "berth: no upstream for " + dialect.get());
      } else {
        pass(request, response, callback, dialect.get(), grant, upstream);
      }
    }
  }

  private void pass(
      Request request,
      Response response,
      Callback callback,
      Dialect dialect,
      Grant grant,
      Upstream upstream) {
    var begin = System.nanoTime();
    var meter = new Meter(false);
    var end = "complete";
    var status = 0;
    try {
      HttpResponse<InputStream> answer = passing.ask(request, dialect, upstream);
      status = answer.statusCode();
      meter = new Meter(Passing.events(answer));
      Passing.answer(answer, response, meter);
      callback.succeeded();
    } catch (UnreachableException e) {
      end = "unreachable";
      refuse(
          response,
          callback,
          502,
          "upstream_unreachable",
          "berth: the model's server is not there");
    } catch (IOException e) {
      end = response.isCommitted() ? "cut" : "no answer";
      if (response.isCommitted()) {
        callback.failed(e);
      } else {
        refuse(
            response, callback, 502, "upstream_failed", "berth: the model's server gave no answer");
      }
    } catch (IllegalArgumentException e) {
      end = "not passed on";
      LOG.debug("{}: a request that cannot be passed on", grant.attempt(), e);
      refuse(
          response,
          callback,
          400,
          "invalid_request_error",
          "berth: a request like this is not passed on");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      callback.failed(e);
    } finally {
      var usage = meter.end();
      grant.use(usage);
      LOG.info(
          "{} asked {}: status {}, {}, {} + {} tokens in, {} out, {} ms",
          grant.attempt(),
          dialect,
          status,
          end,
          usage.input(),
          usage.cached(),
          usage.output(),
          (System.nanoTime() - begin) / 1_000_000);
    }
  }

  private static String token(Request request) {
    var token = request.getHeaders().get("x-api-key");
    if (token != null) {
      return token;
    }
    var bearer = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    return bearer == null ? "" : bearer.replaceFirst("(?i)^bearer +", "");
  }

  private static void refuse(
      Response response, Callback callback, int status, String type, String message) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    var error = JSON.createObjectNode().put("type", type).put("message", message);
    var body = JSON.createObjectNode().put("type", "error").set("error", error);
    Content.Sink.write(response, true, body.toString(), callback);
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      LOG.debug("stopping the gateway", e);
    }
  }
}
