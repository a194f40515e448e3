package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.PeriodicLoop;
import dev.berth.controlplane.platform.config.LeaseConfig;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.executor.v1.CommandResult;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.Heartbeat;
import dev.berth.executor.v1.HeartbeatAck;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.RunOrder;
import dev.berth.executor.v1.Welcome;
import dev.berth.executor.v1.WorkerOrder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Connect stream, from its Hello to its end. Heartbeats are answered on the transport's thread;
 * reports are written down one after the other on a thread of their own, so that a slow one delays
 * no heartbeat; orders are read from rows and sent by a loop. Sends are serialised. Whatever fails
 * ends the stream, and the agent's next Hello says everything again.
 */
final class ConnectStream implements StreamObserver<ConnectRequest> {
  private static final Duration ORDERS_INTERVAL = Duration.ofSeconds(1);

  /** Orders that come one after the other are read and sent together. */
  private static final Duration ORDERS_REST = Duration.ofMillis(20);

  private static final int MOST_REPORTS = 10_000;
  private static final String UNKNOWN_ORDER = "seq:";

  /** Of the newest orders it is known what they were. */
  private static final int MOST_NAMED = 256;

  private static final Logger log = LoggerFactory.getLogger(ConnectStream.class);

  /** What a stream needs of the control plane. */
  record Parts(
      LinkService links,
      LinkPorts ports,
      Notifications notifications,
      Draining draining,
      LeaseConfig lease) {}

  private final ExecutorId executor;
  private final Parts parts;
  private final ServerCallStreamObserver<ConnectResponse> responses;
  private final ReentrantLock sending = new ReentrantLock();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final BlockingQueue<ConnectRequest> reports = new LinkedBlockingQueue<>(MOST_REPORTS);
  private final Map<OrderSource, SentOrders> sent = new HashMap<>();
  private final PeriodicLoop orders;
  private volatile long epoch;
  private volatile @Nullable Thread writer;
  private volatile Notifications.@Nullable Subscription hints;
  private volatile @Nullable Runnable undrain;
  private volatile @Nullable Runnable unfeed;
  private final Map<String, String> sentLately = new ConcurrentHashMap<>();
  private long seq;

  ConnectStream(ExecutorId executor, Parts parts, StreamObserver<ConnectResponse> responses) {
    this.executor = executor;
    this.parts = parts;
    this.responses = (ServerCallStreamObserver<ConnectResponse>) responses;
    this.orders =
        new PeriodicLoop("orders-" + executor, ORDERS_INTERVAL, ORDERS_REST, this::sendOrders);
    this.responses.setOnCancelHandler(() -> end(null));
    this.responses.setOnReadyHandler(orders::wake);
  }

  @Override
  public void onNext(ConnectRequest request) {
    if (ended.get()) {
      return;
    }
    try {
      switch (request.getMessageCase()) {
        case HELLO -> hello(request.getHello());
        case HEARTBEAT -> heartbeat(request.getHeartbeat());
        case WORKER, COPY, COMMAND, EXEC, POOLED, RUN_INPUT -> {
          requireGreeted();
          if (!reports.offer(request)) {
            throw ExecutorErrors.tooMuch();
          }
        }
        case MESSAGE_NOT_SET -> log.debug("{} sent a message of a later version", executor);
      }
    } catch (RuntimeException e) {
      end(e);
    }
  }

  @Override
  public void onError(Throwable failure) {
    end(null);
  }

  @Override
  public void onCompleted() {
    if (end(null)) {
      responses.onCompleted();
    }
  }

  private void hello(Hello hello) {
    if (epoch != 0) {
      throw ExecutorErrors.notGreeted();
    }
    if (!hello.getExecutorId().equals(executor.toString())) {
      throw ExecutorErrors.foreignExecutor();
    }
    int version = LinkService.agree(hello.getMinProtocolVersion(), hello.getProtocolVersion());
    AtomicReference<Executor> greeted = new AtomicReference<>();
    Welcome welcome =
        parts
            .links()
            .open(
                executor,
                ExecutorProtoMapper.greeting(hello, version),
                row -> {
                  greeted.set(row);
                  List<WorkerOrder> workers = parts.ports().workers().greet(executor, hello);
                  parts.ports().execs().greet(executor, hello.getExecsList());
                  List<RunOrder> runs = parts.ports().runs().greet(executor, hello.getRunsList());
                  List<String> pooled =
                      parts.ports().pools().greet(executor, hello.getPooledList());
                  return Welcome.newBuilder()
                      .setProtocolVersion(version)
                      .setLinkEpoch(row.link().epoch())
                      .setLease(CommonProtoMapper.duration(parts.lease().executor()))
                      .setHeartbeatInterval(CommonProtoMapper.duration(parts.lease().heartbeat()))
                      .setLostAfter(CommonProtoMapper.duration(parts.lease().lostAfter()))
                      .addAllWorkers(workers)
                      .addAllRuns(runs)
                      .addAllPooled(pooled)
                      .build();
                });
    Executor opened = Objects.requireNonNull(greeted.get());
    epoch = opened.link().epoch();
    log.info("{} connected, epoch {}", executor, epoch);
    send(ConnectResponse.newBuilder().setWelcome(welcome));
    writer = Thread.ofVirtual().name("reports-" + executor).start(this::write);
    hints = parts.notifications().subscribe("executor:" + executor, orders::wake);
    undrain = parts.draining().onDrain(() -> end(CommonErrors.draining()));
    orders.start();
    if (opened.sessionless().runs() > 0) {
      unfeed = parts.ports().runs().feed(opened, order -> send(order.toBuilder()));
    }
    if (ended.get()) {
      release();
    }
  }

  private void requireGreeted() {
    if (epoch == 0) {
      throw ExecutorErrors.notGreeted();
    }
  }

  private void heartbeat(Heartbeat heartbeat) {
    requireGreeted();
    parts
        .links()
        .renew(
            executor,
            epoch,
            new LinkRepository.Pulse(
                heartbeat.getReady(), heartbeat.getNotReadyReason(), heartbeat.getDiskFreeBytes()));
    send(ConnectResponse.newBuilder().setHeartbeatAck(HeartbeatAck.getDefaultInstance()));
  }

  /** Writes until the stream has ended and what came before its end is written too. */
  private void write() {
    try {
      for (ConnectRequest report = reports.take();
          report.getMessageCase() != ConnectRequest.MessageCase.MESSAGE_NOT_SET;
          report = reports.take()) {
        write(report);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      end(e);
    }
  }

  /** A report that makes no sense is logged and passed over: sent again, it would be the same. */
  private void write(ConnectRequest report) {
    try {
      parts.links().fenced(executor, epoch, () -> apply(report));
    } catch (IllegalStateException | IllegalArgumentException e) {
      log.error("{}: a report was passed over: {}", executor, report.getMessageCase(), e);
    } catch (BerthException e) {
      if (e.reason().code() != io.grpc.Status.Code.INVALID_ARGUMENT) {
        throw e;
      }
      log.warn("{}: a malformed report was passed over: {}", executor, e.message());
    }
  }

  private void apply(ConnectRequest report) {
    switch (report.getMessageCase()) {
      case WORKER -> parts.ports().workers().worker(executor, report.getWorker());
      case COPY -> parts.ports().workers().copy(executor, report.getCopy());
      case POOLED -> parts.ports().pools().pooled(executor, report.getPooled());
      case COMMAND -> answered(report.getCommand());
      case EXEC -> parts.ports().execs().exec(executor, report.getExec());
      case RUN_INPUT -> parts.ports().runs().input(executor, report.getRunInput());
      case HELLO, HEARTBEAT, MESSAGE_NOT_SET ->
          throw new IllegalStateException("is no report: " + report.getMessageCase());
    }
  }

  /** An agent of an earlier version answers orders it does not know by their number. */
  private void answered(CommandResult result) {
    String id = result.getCommandId();
    if (id.startsWith(UNKNOWN_ORDER)) {
      log.warn(
          "{}: its agent is older than this control plane and does not know an order: {}",
          executor,
          sentLately.getOrDefault(id.substring(UNKNOWN_ORDER.length()), id));
    } else {
      parts.ports().relays().commandResult(executor, result);
    }
  }

  /** Sends what is outstanding and was not sent on this stream, or not lately. */
  private void sendOrders() {
    try {
      parts.links().requireCurrent(executor, epoch);
      for (OrderSource source : parts.ports().orders()) {
        SentOrders before = sent.computeIfAbsent(source, s -> new SentOrders(System::nanoTime));
        Set<String> outstanding = new HashSet<>();
        for (LinkOrder order : source.outstanding(executor)) {
          if (!responses.isReady()) {
            return;
          }
          outstanding.add(order.key());
          if (before.due(order)) {
            send(order.message().toBuilder());
            before.add(order);
          }
        }
        before.forgetAllBut(outstanding);
      }
    } catch (BerthException e) {
      end(e);
    }
  }

  private void send(ConnectResponse.Builder message) {
    sending.lock();
    try {
      if (!ended.get()) {
        responses.onNext(message.setSeq(++seq).build());
        sentLately.put(String.valueOf(seq), message.getMessageCase().toString());
        sentLately.remove(String.valueOf(seq - MOST_NAMED));
      }
    } finally {
      sending.unlock();
    }
  }

  /** Ends the stream once; {@code failure} null where the agent ended it. */
  private boolean end(@Nullable RuntimeException failure) {
    if (!ended.compareAndSet(false, true)) {
      return false;
    }
    log.info(
        "{}: link of epoch {} ended{}",
        executor,
        epoch,
        failure == null ? "" : ": " + failure.getMessage());
    if (failure != null) {
      sending.lock();
      try {
        responses.onError(failure);
      } finally {
        sending.unlock();
      }
    }
    release();
    Thread closing = Thread.ofVirtual().name("close-" + executor).start(this::close);
    assert closing.isVirtual();
    return true;
  }

  private void release() {
    boolean told = reports.offer(ConnectRequest.getDefaultInstance());
    Thread writing = writer;
    if (!told && writing != null) {
      writing.interrupt();
    }
    Notifications.Subscription subscription = hints;
    if (subscription != null) {
      subscription.close();
    }
    Runnable taken = undrain;
    if (taken != null) {
      taken.run();
    }
    Runnable fed = unfeed;
    if (fed != null) {
      Thread ending = Thread.ofVirtual().name("unfeed-" + executor).start(fed);
      assert ending.isVirtual();
    }
  }

  private void close() {
    orders.close();
    if (epoch == 0) {
      return;
    }
    try {
      parts.links().close(executor, epoch);
    } catch (RuntimeException e) {
      log.info("{}: the end of epoch {} is not written down: {}", executor, epoch, e.getMessage());
    }
  }
}
