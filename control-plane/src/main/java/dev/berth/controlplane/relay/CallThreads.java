package dev.berth.controlplane.relay;

import dev.berth.controlplane.platform.errors.CommonErrors;
import io.grpc.Context;
import io.micronaut.scheduling.TaskExecutors;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;

/**
 * Serves calls that wait, each on a thread of its own, so that its callbacks stay free to hear of a
 * client that leaves.
 */
@Singleton
public final class CallThreads implements Executor {

  private final ExecutorService threads;

  CallThreads(@Named(TaskExecutors.VIRTUAL) ExecutorService threads) {
    this.threads = threads;
  }

  /** The work of one call; the call ends with what it throws, and OK where it returns. */
  @FunctionalInterface
  public interface Work {
    void run() throws InterruptedException;
  }

  public void serve(Duplex<?, ?> call, Work work) {
    execute(() -> {
      try {
        work.run();
        call.complete();
      } catch (RuntimeException e) {
        call.fail(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        call.fail(CommonErrors.draining());
      }
    });
  }

  /** Beside a call, in its context. */
  @Override
  public void execute(Runnable task) {
    threads.execute(Context.current().wrap(task));
  }
}
