package dev.berth.executor.link;

import dev.berth.common.Id.RunId;
import dev.berth.common.RetryPolicy;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceStub;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.StopRun;
import dev.berth.executor.v1.Welcome;
import dev.berth.executor.worker.Failure;
import dev.berth.executor.worker.Inventory;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one Connect stream to the control plane, dialling again with backoff for ever; seldom where
 * the control plane refuses it in a way that lasts until somebody changes something. Only the
 * newest stream is obeyed: the one before has ended, and what it had ordered and is not begun is
 * let go, before the next is dialled. Its welcome and orders are handled one after the other.
 */
public final class Link implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Link.class);

  /** How an agent that is refused dials again. */
  private static final RetryPolicy REFUSED =
      new RetryPolicy(Duration.ofSeconds(10), Duration.ofMinutes(1));

  private final ExecutorLinkServiceStub stub;
  private final Function<Inventory, Hello> hello;
  private final LinkHandler handler;
  private final Outbox outbox;
  private final LinkStreams streams;
  private final LinkObserver observer;
  private final RandomGenerator random;
  private final ExecutorService orders =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("orders").factory());
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread loop;
  private volatile @Nullable LinkStream current;

  /** Makes streams, so that a link does not know what they need. */
  interface LinkStreams {
    LinkStream make(LinkStream.Events events);
  }

  Link(
      ExecutorLinkServiceStub stub,
      Function<Inventory, Hello> hello,
      LinkHandler handler,
      Outbox outbox,
      LinkStreams streams,
      LinkObserver observer,
      RandomGenerator random) {
    this.stub = stub;
    this.hello = hello;
    this.handler = handler;
    this.outbox = outbox;
    this.streams = streams;
    this.observer = observer;
    this.random = random;
    this.loop = Thread.ofVirtual().name("link").unstarted(this::dialForEver);
  }

  public void start() {
    loop.start();
  }

  /** Ends the stream of now, if any, so that a new hello is said. */
  public void redial(String why) {
    var stream = current;
    if (stream != null) {
      stream.cancel(why);
    }
  }

  /** Ends the stream in order; nothing of it is obeyed from now on. */
  @Override
  public void close() {
    closed.countDown();
    var stream = current;
    if (stream != null) {
      stream.complete();
    }
    orders.shutdown();
    try {
      loop.join(Duration.ofSeconds(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void dialForEver() {
    var failures = 0;
    var refusals = 0;
    while (closed.getCount() > 0) {
      var stream = streams.make(new Incoming());
      current = stream;
      LinkEnd end;
      try {
        end = stream.run(stub, () -> hello.apply(handler.inventory()));
      } catch (ContainerException e) {
        end = LinkEnd.unsaid(e.sentence());
      } catch (RuntimeException e) {
        LOG.error("the link failed", e);
        end = LinkEnd.of(Status.INTERNAL);
      }
      if (closed.getCount() > 0) {
        orders.execute(handler::ended);
      }
      failures = stream.wasWelcomed() ? 1 : failures + 1;
      refusals = end.lasting() ? refusals + 1 : 0;
      if (closed.getCount() > 0) {
        observer.disconnected(end);
        pause(
            refusals > 0
                ? REFUSED.delay(refusals, random)
                : RetryPolicy.RECONNECT.delay(failures, random));
      }
    }
  }

  private void pause(Duration delay) {
    try {
      if (closed.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.debug("closed while waiting to dial again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed.countDown();
    }
  }

  /** Queues what a stream says; what is queued of a stream that has ended is let go. */
  private final class Incoming implements LinkStream.Events {

    @Override
    public void welcomed(LinkStream stream, Welcome welcome) {
      later(
          stream,
          () -> {
            handler.welcome(OrderMapper.verdicts(welcome));
            observer.connected(welcome.getLinkEpoch());
          });
    }

    @Override
    public void ordered(LinkStream stream, ConnectResponse order) {
      later(stream, () -> dispatch(order));
    }

    private void later(LinkStream stream, Runnable task) {
      if (closed.getCount() == 0) {
        return;
      }
      orders.execute(() -> {
        if (!stream.live() || closed.getCount() == 0) {
          return;
        }
        try {
          task.run();
        } catch (RuntimeException e) {
          LOG.error("a message of the control plane could not be handled; dialling again", e);
          stream.cancel("a message could not be handled");
        }
      });
    }
  }

  private void dispatch(ConnectResponse message) {
    switch (message.getMessageCase()) {
      case ENSURE_WORKER ->
          handler.order(OrderMapper.order(message.getEnsureWorker(), message.getTraceparent()));
      case SYNC_COPY -> handler.order(OrderMapper.order(message.getSyncCopy()));
      case STOP_WORKER -> handler.order(OrderMapper.order(message.getStopWorker()));
      case REMOVE_COPY -> handler.order(OrderMapper.order(message.getRemoveCopy()));
      case SALVAGE_COPY -> handler.order(OrderMapper.order(message.getSalvageCopy()));
      case ENSURE_POOLED -> handler.order(OrderMapper.order(message.getEnsurePooled()));
      case REMOVE_POOLED -> handler.order(OrderMapper.order(message.getRemovePooled()));
      case START_RUN -> handler.start(OrderMapper.order(message.getStartRun()));
      case START_RUNS -> handler.start(OrderMapper.order(message.getStartRuns()));
      case STOP_RUN -> stop(message.getStopRun());
      case GIVE_INPUT -> handler.give(OrderMapper.order(message.getGiveInput()));
      case START_EXEC -> handler.start(OrderMapper.order(message.getStartExec()));
      case OPEN_RELAY -> handler.relay(message.getOpenRelay());
      case WELCOME, HEARTBEAT_ACK -> throw new IllegalStateException("not an order");
      case MESSAGE_NOT_SET -> unsupported(message.getSeq());
    }
  }

  private void stop(StopRun message) {
    handler.stop(RunId.parse(message.getRunId()), OrderMapper.order(message));
  }

  /**
   * A newer control plane's order: its id cannot be read, so its number on the stream stands for
   * it.
   */
  private void unsupported(long seq) {
    LOG.warn("order {} is not known to this version of the agent", seq);
    var id = "seq:" + seq;
    outbox.commandResult(
        id,
        ReportMapper.commandResult(
            id,
            new Failure(
                Failure.Kind.UNSUPPORTED,
                "UNSUPPORTED",
                "This executor agent does not know such an order; upgrade it.")));
  }
}
