package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.errors.CommonErrors;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way down: once {@link #begin} was called, new calls are UNAVAILABLE (DRAINING), streams are
 * told to end, and what is under way may finish for a while.
 */
@Singleton
public final class Draining implements ServerInterceptor {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Runnable> streams = ConcurrentHashMap.newKeySet();
  private int calls;
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
      while (calls > 0 && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      return calls == 0;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public <A, B> ServerCall.Listener<A> interceptCall(
      ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
    boolean unary = call.getMethodDescriptor().getType() == MethodType.UNARY;
    enter(unary);
    boolean started = false;
    try {
      ServerCall.Listener<A> listener = next.startCall(call, headers);
      started = true;
      return unary ? new Leaving<>(listener) : listener;
    } finally {
      if (unary && !started) {
        leave();
      }
    }
  }

  private void enter(boolean unary) {
    lock.lock();
    try {
      if (draining) {
        throw CommonErrors.draining();
      }
      if (unary) {
        calls++;
      }
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      calls--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private final class Leaving<A> extends SimpleForwardingServerCallListener<A> {
    Leaving(ServerCall.Listener<A> listener) {
      super(listener);
    }

    @Override
    public void onCancel() {
      leave();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      leave();
      super.onComplete();
    }
  }
}
