package dev.berth.controlplane.platform.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;

/**
 * Counts the bytes of the message that is coming in, as they come, so that one that is too large is
 * refused by the call itself, with a reason, before it was taken whole.
 */
final class WireBound extends ServerStreamTracer {
  private static final Context.Key<WireBound> OF_CALL = Context.key("berth-wire-bound");

  static final class Factory extends ServerStreamTracer.Factory {
    private final int most;

    Factory(int most) {
      this.most = most;
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
      return new WireBound(most);
    }
  }

  private final int most;
  private long taken;
  private volatile Runnable refusal = () -> {};

  private WireBound(int most) {
    this.most = most;
  }

  /** Has {@code refusal} run, once, on a thread that must not wait, when a message is too large. */
  static void onTooLarge(Runnable refusal) {
    WireBound bound = OF_CALL.get();
    if (bound != null) {
      bound.refusal = refusal;
    }
  }

  @Override
  public Context filterContext(Context context) {
    return context.withValue(OF_CALL, this);
  }

  @Override
  public void inboundMessage(int number) {
    taken = 0;
  }

  @Override
  public void inboundWireSize(long bytes) {
    boolean fitted = taken <= most;
    taken += bytes;
    if (fitted && taken > most) {
      refusal.run();
    }
  }
}
