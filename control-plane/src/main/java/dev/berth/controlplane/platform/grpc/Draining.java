package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.errors.CommonErrors;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way down: once {@link #begin} was called, new calls are UNAVAILABLE (DRAINING), streams are
 * told to end, and what is under way may finish for a while; what does not is answered as new calls
 * are.
 */
@Singleton
public final class Draining implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(Draining.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Runnable> streams = ConcurrentHashMap.newKeySet();
  private final Set<ServerCall<?, ?>> calls = new HashSet<>();
  private boolean draining;

  public boolean isDraining() {
    lock.lock();
    try {
      return draining;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Has a stream told to end: {@code end} runs when draining begins, or at once if it has. It does
   * not block. The returned action takes it back.
   */
  public Runnable onDrain(Runnable end) {
    boolean now;
    lock.lock();
    try {
      now = draining;
      if (!now) {
        streams.add(end);
      }
    } finally {
      lock.unlock();
    }
    if (now) {
      end.run();
    }
    return () -> streams.remove(end);
  }

  /** Refuses new calls and tells the streams; further times do nothing. */
  public void begin() {
    lock.lock();
    try {
      if (draining) {
        return;
      }
      draining = true;
    } finally {
      lock.unlock();
    }
    streams.forEach(Runnable::run);
    streams.clear();
  }

  /** Waits until no unary call is under way; false when time is up first. */
  public boolean awaitCalls(Duration time) throws InterruptedException {
    long nanos = time.toNanos();
    lock.lock();
    try {
      while (!calls.isEmpty() && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      return calls.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Answers the unary calls that are still under way, whatever their handlers do afterwards. */
  public void cutCalls() {
    List<ServerCall<?, ?>> left;
    lock.lock();
    try {
      left = List.copyOf(calls);
    } finally {
      lock.unlock();
    }
    for (ServerCall<?, ?> call : left) {
      try {
        call.close(Status.UNKNOWN.withCause(CommonErrors.draining()), new Metadata());
      } catch (IllegalStateException e) {
        log.debug("a call ended just then", e);
      }
    }
  }

  @Override
  public <A, B> ServerCall.Listener<A> interceptCall(
      ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
    boolean unary = call.getMethodDescriptor().getType() == MethodType.UNARY;
    enter(call, unary);
    boolean started = false;
    try {
      ServerCall.Listener<A> listener = next.startCall(call, headers);
      started = true;
      return unary ? new Leaving<>(listener, call) : listener;
    } finally {
      if (unary && !started) {
        leave(call);
      }
    }
  }

  private void enter(ServerCall<?, ?> call, boolean unary) {
    lock.lock();
    try {
      if (draining) {
        throw CommonErrors.draining();
      }
      if (unary) {
        calls.add(call);
      }
    } finally {
      lock.unlock();
    }
  }

  private void leave(ServerCall<?, ?> call) {
    lock.lock();
    try {
      calls.remove(call);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private final class Leaving<A> extends SimpleForwardingServerCallListener<A> {
    private final ServerCall<A, ?> call;

    Leaving(ServerCall.Listener<A> listener, ServerCall<A, ?> call) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onCancel() {
      leave(call);
      super.onCancel();
    }

    @Override
    public void onComplete() {
      leave(call);
      super.onComplete();
    }
  }
}
