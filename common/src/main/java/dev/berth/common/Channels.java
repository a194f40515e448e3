package dev.berth.common;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Client channels as every part of Berth opens them: bounded messages, and keepalive that notices a
 * silent peer.
 */
public final class Channels {

  /** The credential of every call: {@code authorization: Bearer …}. */
  public static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final int MAX_MESSAGE_BYTES = 4 << 20;

  /** What a peer may send on one stream ahead of its reader: fixed, never tuned up. */
  private static final int STREAM_WINDOW_BYTES = 1 << 20;

  private static final Duration KEEPALIVE = Duration.ofSeconds(10);
  private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);

  private Channels() {}

  /**
   * Whether and how a channel is encrypted.
   *
   * @param enabled false: plain text, for loopback only
   * @param authorities certificates to trust, PEM; null for those of the system
   */
  public record Tls(boolean enabled, @Nullable Path authorities) {
    public static final Tls NONE = new Tls(false, null);
  }

  /**
   * A channel to {@code host:port}; connects with its first call. A peer that stays silent is
   * noticed within 15 s, also with no call under way.
   */
  public static ManagedChannel open(String target, Tls tls) {
    var builder =
        NettyChannelBuilder.forTarget(target)
            .intercept(new BrokenConnections())
            .flowControlWindow(STREAM_WINDOW_BYTES)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveWithoutCalls(true);
    if (!tls.enabled()) {
      return builder.usePlaintext().build();
    }
    if (tls.authorities() != null) {
      try {
        builder.sslContext(
            GrpcSslContexts.forClient().trustManager(tls.authorities().toFile()).build());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the certificates in " + tls.authorities(), e);
      }
    }
    return builder.useTransportSecurity().build();
  }

  /** The headers that carry {@code credential}. */
  public static Metadata authorization(String credential) {
    var headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + credential);
    return headers;
  }

  /**
   * Sends {@code credential} with each call, also over plain text: who may be spoken to so is the
   * listener's rule.
   */
  public static CallCredentials bearer(String credential) {
    var headers = authorization(credential);
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(
          RequestInfo info, Executor executor, MetadataApplier applier) {
        try {
          applier.apply(headers);
        } catch (RuntimeException e) {
          applier.fail(Status.UNAUTHENTICATED.withCause(e));
        }
      }
    };
  }
}
