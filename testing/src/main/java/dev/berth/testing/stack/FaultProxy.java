package dev.berth.testing.stack;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 proxy on loopback that can be told to misbehave. Requests must say how long they are
 * (Content-Length) and come one after the other, as S3 clients send them; answers are passed on as
 * they are. Safe for many threads.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int MAX_HEAD = 64 * 1024;
  private static final int LONGEST_WAIT_MILLIS = 700;
  private static final byte[] REFUSAL =
      """
      HTTP/1.1 500 Internal Server Error\r
      Content-Length: 0\r
      Connection: close\r
      \r
      """
          .getBytes(StandardCharsets.US_ASCII);
  private static final Logger log = LoggerFactory.getLogger(FaultProxy.class);

  /** What becomes of a request. */
  public enum Mode {
    PASS,
    /** No answer at all: every connection is closed, those that are open too. */
    CUT,
    /** PUT, POST and DELETE are answered 500; everything else passes. */
    REFUSE_WRITES,
    /**
     * The first PUT, POST or DELETE of each object is applied and answered 500; everything else
     * passes.
     */
    APPLY_AND_REFUSE,
    /** PUT, POST and DELETE wait for up to {@value #LONGEST_WAIT_MILLIS} ms before they pass. */
    DELAY_WRITES
  }

  private final InetSocketAddress upstream;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<String> applied = ConcurrentHashMap.newKeySet();
  private final AtomicLong refused = new AtomicLong();
  private volatile Mode mode = Mode.PASS;

  /** Listens on a free port and passes everything on to {@code upstreamPort} of this host. */
  public FaultProxy(int upstreamPort) throws IOException {
    upstream = new InetSocketAddress(InetAddress.getLoopbackAddress(), upstreamPort);
    listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("fault-proxy").start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** How many requests or connections were refused so far. */
  public long refused() {
    return refused.get();
  }

  public void mode(Mode next) {
    mode = next;
    if (next == Mode.CUT) {
      open.forEach(FaultProxy::closeQuietly);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    open.forEach(FaultProxy::closeQuietly);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      log.debug("the proxy takes no more connections", e);
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket server = new Socket()) {
      if (mode == Mode.CUT) {
        refused.incrementAndGet();
        return;
      }
      server.connect(upstream);
      open.add(server);
      Thread.ofVirtual().start(() -> answer(server, client));
      InputStream requests = new BufferedInputStream(client.getInputStream());
      while (pass(requests, server.getOutputStream(), client.getOutputStream())) {
        log.trace("one request passed");
      }
      open.remove(server);
    } catch (IOException e) {
      log.debug("a connection ended", e);
    } finally {
      open.remove(client);
    }
  }

  /** Whether the connection may carry another request. */
  private boolean pass(InputStream requests, OutputStream server, OutputStream client)
      throws IOException {
    String head = head(requests);
    if (head.isEmpty() || mode == Mode.CUT) {
      return false;
    }
    boolean write =
        head.startsWith("PUT ") || head.startsWith("POST ") || head.startsWith("DELETE ");
    if (write && mode == Mode.REFUSE_WRITES) {
      requests.skipNBytes(length(head));
      refuse(client);
      return false;
    }
    if (write && mode == Mode.APPLY_AND_REFUSE && applied.add(object(head))) {
      apply(head, requests);
      refuse(client);
      return false;
    }
    if (write && mode == Mode.DELAY_WRITES) {
      int millis = ThreadLocalRandom.current().nextInt(LONGEST_WAIT_MILLIS);
      LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }
    server.write(head.getBytes(StandardCharsets.ISO_8859_1));
    copy(requests, server, length(head));
    server.flush();
    return true;
  }

  private void refuse(OutputStream client) throws IOException {
    refused.incrementAndGet();
    client.write(REFUSAL);
    client.flush();
  }

  /** Has upstream do it, and keeps what it answers from everybody. */
  private void apply(String head, InputStream requests) throws IOException {
    try (Socket server = new Socket()) {
      server.connect(upstream);
      OutputStream out = server.getOutputStream();
      String closing =
          head.replaceAll("(?im)^Connection:.*\r\n", "")
              .replaceFirst("\r\n", "\r\nConnection: close\r\n");
      out.write(closing.getBytes(StandardCharsets.ISO_8859_1));
      copy(requests, out, length(head));
      out.flush();
      server.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
  }

  /** Method and path, without what is signed anew each time. */
  private static String object(String head) {
    return head.substring(0, head.indexOf(" HTTP/")).replaceFirst("[?].*", "");
  }

  private static void answer(Socket server, Socket client) {
    try {
      server.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException e) {
      log.debug("an answer ended", e);
    } finally {
      closeQuietly(client);
    }
  }

  /** All up to and with the empty line; empty where the client has ended. */
  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    int ends = 0;
    while (ends < 4) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      if (head.size() == MAX_HEAD) {
        throw new IOException("a request's head is too long");
      }
      head.write(next);
      boolean due = next == (ends % 2 == 0 ? '\r' : '\n');
      ends = due ? ends + 1 : next == '\r' ? 1 : 0;
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static long length(String head) {
    return head.lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .findFirst()
        .orElse(0);
  }

  private static void copy(InputStream in, OutputStream out, long length) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long left = length;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (read < 0) {
        throw new EOFException("a request was cut short");
      }
      out.write(buffer, 0, read);
      left -= read;
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("a connection was closed already", e);
    }
  }
}
