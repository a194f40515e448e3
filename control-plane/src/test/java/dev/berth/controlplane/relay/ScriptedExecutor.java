package dev.berth.controlplane.relay;

import com.google.protobuf.ByteString;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Failure;
import dev.berth.executor.v1.OpenRelay;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import dev.berth.v1.FileInfo;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * An executor agent as far as relays go: it reads its orders where the link would, and opens real
 * streams at the server it is given.
 */
public final class ScriptedExecutor implements AutoCloseable {

  /** What it does with one stream, {@code Open} being sent already. */
  @FunctionalInterface
  public interface Script {
    void run(OpenRelay order, BlockingClientCall<RelayRequest, RelayResponse> stream)
        throws InterruptedException, StatusException;
  }

  private final BerthServer berth;
  private final ExecutorId self;
  private final ExecutorLinkServiceGrpc.ExecutorLinkServiceBlockingV2Stub stub;
  private final Script script;
  private final Semaphore hints = new Semaphore(0);
  private final Set<String> seen = new HashSet<>();
  private final LinkedBlockingQueue<OpenRelay> orders = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<String> ends = new LinkedBlockingQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Notifications.Subscription subscription;

  public ScriptedExecutor(BerthServer berth, World.Executor self, Script script) {
    this.berth = berth;
    this.self = self.id();
    this.stub = ExecutorLinkServiceGrpc.newBlockingV2Stub(berth.executorChannel(self.credential()));
    this.script = script;
    this.subscription =
        berth.bean(Notifications.class).subscribe("executor:" + self.id(), hints::release);
    threads.execute(this::follow);
  }

  private void follow() {
    try {
      while (true) {
        for (var order : berth.bean(RelayOrders.class).outstanding(self)) {
          if (seen.add(order.key())) {
            orders.add(order.message().getOpenRelay());
            threads.execute(() -> open(order.message().getOpenRelay()));
          }
        }
        if (hints.tryAcquire(200, TimeUnit.MILLISECONDS)) {
          hints.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void open(OpenRelay order) {
    try {
      var stream = stub.relay();
      stream.write(open(order.getCommandId()));
      script.run(order, stream);
      stream.halfClose();
      while (stream.read() != null) {
        // until the control plane has ended it
      }
      ends.add("OK");
    } catch (IllegalStateException e) {
      ends.add("CANCELED BY ITSELF");
    } catch (StatusException e) {
      ends.add(e.getStatus().getCode().name());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static RelayRequest open(String command) {
    return RelayRequest.newBuilder()
        .setOpen(RelayRequest.Open.newBuilder().setCommandId(command))
        .build();
  }

  /** The next order it was given; throws where none comes within ten seconds. */
  public OpenRelay nextOrder() throws InterruptedException {
    return next(orders);
  }

  /** How the next stream ended for it, by the name of the code. */
  public String nextEnd() throws InterruptedException {
    return next(ends);
  }

  private static <T> T next(LinkedBlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(10, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing within ten seconds");
    }
    return next;
  }

  public static RelayRequest file(String path, long size) {
    return files(false, FileInfo.newBuilder().setPath(path).setSize(size).build());
  }

  public static RelayRequest files(boolean more, FileInfo... files) {
    return RelayRequest.newBuilder()
        .setFiles(RelayRequest.Files.newBuilder().setMore(more).addAllFiles(List.of(files)))
        .build();
  }

  public static RelayRequest data(ByteString bytes) {
    return RelayRequest.newBuilder().setData(bytes).build();
  }

  public static RelayRequest done(long files, long bytes) {
    return RelayRequest.newBuilder()
        .setDone(RelayRequest.Done.newBuilder().setFileCount(files).setBytes(bytes))
        .build();
  }

  public static RelayRequest failure(String reason) {
    return RelayRequest.newBuilder()
        .setFailure(
            Failure.newBuilder()
                .setClass_(Failure.Class.CLASS_PERMANENT)
                .setReason(reason)
                .setMessage("It was " + reason))
        .build();
  }

  @Override
  public void close() {
    subscription.close();
    threads.shutdownNow();
  }
}
