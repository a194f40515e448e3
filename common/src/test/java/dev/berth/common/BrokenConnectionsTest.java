package dev.berth.common;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BrokenConnectionsTest {
  private static final Status CLOSED =
      Status.UNKNOWN.withDescription("channel closed").withCause(new ClosedChannelException());

  @Test
  void aConnectionThatBreaksUnderACall_isUnavailable() {
    assertThat(seen(CLOSED).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void whatTheServerItselfDoesNotKnow_staysUnknown() {
    assertThat(seen(Status.UNKNOWN).getCode()).isEqualTo(Status.Code.UNKNOWN);
    assertThat(seen(Status.INTERNAL.withCause(new ClosedChannelException())).getCode())
        .isEqualTo(Status.Code.INTERNAL);
  }

  private static Status seen(Status end) {
    var status = new AtomicReference<@Nullable Status>();
    new BrokenConnections()
        .interceptCall(METHOD, CallOptions.DEFAULT, new Ending(end))
        .start(
            new ClientCall.Listener<>() {
              @Override
              public void onClose(Status closed, Metadata trailers) {
                status.set(closed);
              }
            },
            new Metadata());
    var result = status.get();
    assertThat(result).isNotNull();
    return result;
  }

  private static final MethodDescriptor.Marshaller<String> TEXT =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String value) {
          return new ByteArrayInputStream(value.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
          return "";
        }
      };

  private static final MethodDescriptor<String, String> METHOD =
      MethodDescriptor.<String, String>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("a/b")
          .setRequestMarshaller(TEXT)
          .setResponseMarshaller(TEXT)
          .build();

  /** Ends every call as it starts. */
  private static final class Ending extends Channel {
    private final Status end;

    Ending(Status end) {
      this.end = end;
    }

    @Override
    public <A, B> ClientCall<A, B> newCall(MethodDescriptor<A, B> method, CallOptions options) {
      return new ClientCall<>() {
        @Override
        public void start(Listener<B> listener, Metadata headers) {
          listener.onClose(end, new Metadata());
        }

        @Override
        public void request(int count) {}

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(A message) {}
      };
    }

    @Override
    public String authority() {
      return "";
    }
  }
}
