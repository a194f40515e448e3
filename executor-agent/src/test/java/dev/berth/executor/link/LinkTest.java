package dev.berth.executor.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.exec.ExecOrder;
import dev.berth.executor.process.InputOrder;
import dev.berth.executor.sessionless.SessionlessStart;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Failure;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.OpenRelay;
import dev.berth.executor.v1.RemoveCopy;
import dev.berth.executor.worker.CopyReport;
import dev.berth.executor.worker.Inventory;
import dev.berth.executor.worker.Order;
import dev.berth.executor.worker.PoolOrder;
import dev.berth.executor.worker.RunOrders;
import dev.berth.executor.worker.Verdicts;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LinkTest {

  private final IdSource ids = new IdSource(Clock.systemUTC());
  private final Outbox outbox = new Outbox();
  private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
  private final AtomicInteger welcomes = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicInteger fences = new AtomicInteger();
  private final BlockingQueue<LinkEnd> ends = new LinkedBlockingQueue<>();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private volatile Runnable whileTakingInventory = () -> {};
  private ScriptedPlane plane;
  private ManagedChannel channel;
  private SelfFence fence;
  private Link link;

  @BeforeEach
  void start() throws Exception {
    plane = new ScriptedPlane();
    channel = plane.channel();
    fence =
        new SelfFence(
            System::nanoTime,
            timer,
            Duration.ofSeconds(30),
            () -> {
              fences.incrementAndGet();
              link.redial("fenced");
            });
    link =
        new Link(
            ExecutorLinkServiceGrpc.newStub(channel),
            inventory -> Hello.newBuilder().setExecutorId("exr").build(),
            new Recorder(),
            outbox,
            events ->
                new LinkStream(
                    outbox, fence, System::nanoTime, timer, () -> new Readiness("", 7), events),
            new LinkObserver() {
              @Override
              public void connected(long epoch) {}

              @Override
              public void disconnected(LinkEnd why) {
                ends.add(why);
              }
            },
            new Random(1));
  }

  @AfterEach
  void stop() {
    link.close();
    timer.shutdownNow();
    channel.shutdownNow();
    plane.close();
  }

  private void dial() {
    link.start();
  }

  @Test
  void saysHelloFirst_andReportsOnlyAfterTheWelcome() throws Exception {
    var session = new SessionId(ids.next());
    whileTakingInventory = () -> outbox.copy(copy(session, 3));
    outbox.copy(copy(session, 2)); // before any stream: the hello tells
    dial();
    assertThat(plane.next().hasHello()).isTrue();
    var report = plane.next();
    assertThat(report.getCopy().getSyncOrder()).isEqualTo(3);
    assertThat(plane.received).isEmpty();
  }

  @Test
  void anEngineThatDoesNotAnswer_isSaidOnce_andTheLinkIsMadeOnceItDoes() throws Exception {
    var away = "could not ask the engine what it provides: the Docker engine does not answer";
    whileTakingInventory =
        () -> {
          whileTakingInventory = () -> {};
          throw new ContainerException(ContainerException.Code.ENGINE_UNAVAILABLE, away);
        };
    dial();
    assertThat(ends.poll(5, TimeUnit.SECONDS).words()).isEqualTo(away);
    assertThat(plane.next().hasHello()).isTrue();
    await().until(() -> welcomes.get() == 1);
  }

  @Test
  void ordersAreHandedOn_inOrder_afterTheWelcomeIsHandled() throws Exception {
    dial();
    await().until(() -> welcomes.get() == 1);
    for (int i = 1; i <= 3; i++) {
      plane.newest().send(removeCopy(i));
    }
    for (int i = 1; i <= 3; i++) {
      assertThat(orders.poll(5, TimeUnit.SECONDS).generation()).isEqualTo(i);
    }
  }

  @Test
  void anUnknownOrder_isAnsweredUnsupported_andTheLinkGoesOn() throws Exception {
    dial();
    plane.next();
    await().until(() -> welcomes.get() == 1);
    plane.newest().send(ConnectResponse.newBuilder());
    var result = plane.next().getCommand();
    assertThat(result.getFailure().getClass_()).isEqualTo(Failure.Class.CLASS_UNSUPPORTED);
    plane.newest().send(removeCopy(1));
    assertThat(orders.poll(5, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void anEndedStream_isDialledAgain_withANewHello() throws Exception {
    dial();
    assertThat(plane.next().hasHello()).isTrue();
    await().until(() -> welcomes.get() == 1);
    plane.newest().end(Status.UNAVAILABLE.withDescription("DRAINING"));
    assertThat(plane.next().hasHello()).isTrue();
    await().until(() -> welcomes.get() == 2);
    assertThat(ended).as("told before the next welcome").hasValue(1);
    assertThat(ends.poll(5, TimeUnit.SECONDS).status().getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"UNAUTHENTICATED", "FAILED_PRECONDITION"})
  void aRefusalThatLasts_isSaid_andDialledSeldom(Status.Code code) throws Exception {
    plane.refusal = code.toStatus().withDescription("why");
    dial();
    var end = ends.poll(5, TimeUnit.SECONDS);
    assertThat(end.lasting()).isTrue();
    assertThat(end.words()).isNotEmpty();
    assertThat(ends.poll(2, TimeUnit.SECONDS)).isNull();
  }

  @Test
  void ordersOfAnEndedStream_areNotObeyed() throws Exception {
    var inventory = new LinkedBlockingQueue<Boolean>();
    dial();
    await().until(() -> welcomes.get() == 1);
    var old = plane.newest();
    link.redial("test");
    await().until(() -> welcomes.get() == 2);
    try {
      old.send(removeCopy(9));
    } catch (RuntimeException gone) {
      inventory.add(true); // the server already knows that it is cancelled
    }
    plane.newest().send(removeCopy(1));
    assertThat(orders.poll(5, TimeUnit.SECONDS).generation()).isEqualTo(1);
    assertThat(orders).isEmpty();
  }

  @Test
  void heartbeatsWithoutAnswers_endTheStream_andFenceInTime() throws Exception {
    plane.welcome = ScriptedPlane.welcome(2_000, 200, 4_000);
    dial();
    await().until(() -> welcomes.get() == 1);
    plane.answersHeartbeats = false;
    plane.welcomes = false;
    var begin = System.nanoTime();
    await().atMost(Duration.ofSeconds(10)).until(() -> fences.get() == 1);
    // 4 s less a quarter, from the last heartbeat that was answered
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
    assertThat(fence.fenced()).isTrue();
    plane.answersHeartbeats = true;
    plane.welcomes = true;
    await().atMost(Duration.ofSeconds(25)).until(() -> !fence.fenced());
    assertThat(fences).hasValue(1);
  }

  @Test
  void answeredHeartbeats_keepTheFenceAway() throws Exception {
    plane.welcome = ScriptedPlane.welcome(4_000, 40, 4_000);
    dial();
    await().until(() -> welcomes.get() == 1);
    await()
        .during(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(3))
        .until(() -> fences.get() == 0);
    assertThat(plane.heartbeatNanos).hasSizeGreaterThan(15);
  }

  @Test
  void aReconnectStorm_leavesOneStream() throws Exception {
    dial();
    await().until(() -> welcomes.get() == 1);
    for (int i = 0; i < 20; i++) {
      link.redial("storm " + i);
    }
    await().until(() -> welcomes.get() >= 2);
    await().atMost(Duration.ofSeconds(10)).until(() -> plane.streams.size() == 1);
  }

  private static CopyReport copy(SessionId session, long order) {
    return new CopyReport(session, 1, Optional.empty(), true, 0, "", order, null);
  }

  private ConnectResponse.Builder removeCopy(long generation) {
    return ConnectResponse.newBuilder()
        .setRemoveCopy(
            RemoveCopy.newBuilder()
                .setSessionId(new SessionId(ids.next()).toString())
                .setGeneration(generation));
  }

  private final class Recorder implements LinkHandler {
    @Override
    public Inventory inventory() {
      whileTakingInventory.run();
      return new Inventory(List.of(), List.of(), List.of(), List.of(), List.of());
    }

    @Override
    public void welcome(Verdicts verdicts) {
      welcomes.incrementAndGet();
    }

    @Override
    public void order(Order order) {
      orders.add(order);
    }

    @Override
    public void order(PoolOrder order) {}

    @Override
    public void start(RunOrders.Start start) {}

    @Override
    public void start(List<SessionlessStart> starts) {}

    @Override
    public void stop(RunId run, RunOrders.Stop stop) {}

    @Override
    public void give(InputOrder input) {}

    @Override
    public void start(ExecOrder exec) {}

    @Override
    public void relay(OpenRelay relay) {}

    @Override
    public void ended() {
      ended.incrementAndGet();
    }
  }
}
