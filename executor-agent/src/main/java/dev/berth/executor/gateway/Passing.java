package dev.berth.executor.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** One request on its way to a model and back: as it came, but for the key. */
final class Passing {
  /** Of one connection alone, or made anew here. */
  private static final Set<String> OURS =
      Set.of(
          "host",
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "expect",
          "content-length",
          "authorization",
          "x-api-key",
          // an answer that is compressed could not be metered
          "accept-encoding");

  private static final int PIECE = 16 << 10;

  private final HttpClient client;

  Passing(HttpClient client) {
    this.client = client;
  }

  /** The model's server is not there. */
  static final class UnreachableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreachableException(IOException cause) {
      super(cause);
    }
  }

  HttpResponse<InputStream> ask(Request request, Dialect dialect, Upstream upstream)
      throws IOException, InterruptedException {
    var outgoing =
        HttpRequest.newBuilder(upstream.at(pathAndQuery(request)))
            .method(request.getMethod(), body(request));
    for (HttpField field : request.getHeaders()) {
      if (!OURS.contains(field.getLowerCaseName())) {
        outgoing.header(field.getName(), field.getValue());
      }
    }
    if (dialect.vendor() == Vendor.ANTHROPIC) {
      outgoing.header("x-api-key", upstream.key());
    } else {
      outgoing.header("authorization", "Bearer " + upstream.key());
    }
    try {
      return client.send(outgoing.build(), BodyHandlers.ofInputStream());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new UnreachableException(e);
    }
  }

  /** The path as it was judged. */
  private static String pathAndQuery(Request request) {
    var query = request.getHttpURI().getQuery();
    return request.getHttpURI().getCanonicalPath() + (query == null ? "" : "?" + query);
  }

  private static BodyPublisher body(Request request) {
    if (request.getLength() == 0) {
      return BodyPublishers.noBody();
    }
    var body = BodyPublishers.ofInputStream(() -> Content.Source.asInputStream(request));
    return request.getLength() > 0 ? BodyPublishers.fromPublisher(body, request.getLength()) : body;
  }

  /** Each piece as soon as it is there, and no more than the asker takes. */
  static void answer(HttpResponse<InputStream> from, Response to, Meter meter) throws IOException {
    to.setStatus(from.statusCode());
    from.headers()
        .map()
        .forEach((name, values) -> {
          var lower = name.toLowerCase(Locale.ROOT);
          if (!lower.startsWith(":") && (!OURS.contains(lower) || lower.equals("content-length"))) {
            values.forEach(value -> to.getHeaders().add(name, value));
          }
        });
    // Not closed where the answer breaks off: that would end it as if it were whole.
    var out = Content.Sink.asOutputStream(to);
    try (var body = from.body()) {
      var piece = new byte[PIECE];
      out.flush();
      for (int length; (length = body.read(piece)) >= 0; ) {
        out.write(piece, 0, length);
        out.flush();
        meter.read(piece, 0, length);
      }
    }
    out.close();
  }

  static boolean events(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue(HttpHeader.CONTENT_TYPE.asString())
        .filter(type -> type.startsWith("text/event-stream"))
        .isPresent();
  }
}
