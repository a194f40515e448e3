package dev.berth.controlplane.executor;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.executor.v1.CommandResult;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.EnrollRequest;
import dev.berth.executor.v1.EnrollResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Failure;
import dev.berth.executor.v1.Heartbeat;
import dev.berth.executor.v1.Hello;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import dev.berth.v1.Executor;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.GetExecutorRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Enrolment, and how the link refuses what it must not take. */
final class LinkTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create();
  private static final String FIRST = "0123456789abcdef".repeat(2);

  @Test
  void token_servesOneEnrolment_whichMayBeRepeated() {
    String token = token();
    EnrollResponse first = enroll(token, FIRST, "same-name");
    EnrollResponse again = enroll(token, FIRST, "same-name");
    assertThat(again.getExecutorId()).isEqualTo(first.getExecutorId());
    assertThat(again.getCredential()).isNotEqualTo(first.getCredential());
    refused(ErrorReason.CREDENTIAL_INVALID, () -> enroll(token, "f".repeat(32), "same-name"));
    EnrollResponse second = enroll(token(), FIRST, "same-name");
    assertThat(executor(second.getExecutorId()).getName()).isEqualTo("same-name-2");
    assertThat(first.getInstallationId()).isNotEmpty();
  }

  @Test
  void hello_tellsWhatTheExecutorIs() {
    try (ScriptedAgent agent =
        ScriptedAgent.enrol(berth, "told")
            .labels(Map.of("zone", "a"))
            .capacity(2, 500, 1L << 30)
            .connect()) {
      Executor executor = executor(agent.id().toString());
      assertThat(executor.getConnected()).isTrue();
      assertThat(executor.getReady()).isTrue();
      assertThat(executor.getLabelsMap()).containsEntry("zone", "a");
      assertThat(executor.getCapacity().getWorkers()).isEqualTo(2);
      assertThat(executor.getUsed().getWorkers()).isZero();
      assertThat(executor.getLinkEpoch()).isEqualTo(1);
    }
  }

  @Test
  void hello_ofAnotherExecutor_isRefused() throws Exception {
    ScriptedAgent agent = ScriptedAgent.enrol(berth, "liar");
    String other = new ExecutorId(new UUID(7, Long.MIN_VALUE)).toString();
    assertThat(firstAnswer(agent, hello(agent.hello(other))).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void hello_ofALaterProtocol_isRefused() throws Exception {
    ScriptedAgent agent = ScriptedAgent.enrol(berth, "later");
    Hello later =
        agent.hello(agent.id().toString()).toBuilder()
            .setProtocolVersion(9)
            .setMinProtocolVersion(8)
            .build();
    Status refusal = firstAnswer(agent, hello(later));
    assertThat(refusal.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(refusal.getDescription()).contains("8 to 9");
  }

  @Test
  void heartbeat_beforeHello_isRefused() throws Exception {
    ScriptedAgent agent = ScriptedAgent.enrol(berth, "rude");
    ConnectRequest heartbeat =
        ConnectRequest.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();
    assertThat(firstAnswer(agent, heartbeat).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void anOrderThatAnEarlierAgentDoesNotKnow_isAWarningThatNamesIt_andTheLinkGoesOn() {
    var logged = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger(ConnectStream.class);
    logged.start();
    logger.addAppender(logged);
    try (ScriptedAgent agent = ScriptedAgent.enrol(berth, "earlier").connect()) {
      for (String id : new String[] {"seq:1", "seq:999"}) {
        agent.say(
            ConnectRequest.newBuilder()
                .setCommand(
                    CommandResult.newBuilder()
                        .setCommandId(id)
                        .setFailure(
                            Failure.newBuilder()
                                .setClass_(Failure.Class.CLASS_UNSUPPORTED)
                                .setReason("UNSUPPORTED")))
                .build());
      }
      await().until(() -> said(logged, agent.id()).size() == 2);
      assertThat(said(logged, agent.id()))
          .allSatisfy(event -> assertThat(event.getLevel()).isEqualTo(Level.WARN))
          .extracting(ILoggingEvent::getFormattedMessage)
          .satisfiesExactly(
              first -> assertThat(first).endsWith("WELCOME"),
              second -> assertThat(second).endsWith("seq:999"));
      assertThat(executor(agent.id().toString()).getConnected()).isTrue();
    } finally {
      logger.detachAppender(logged);
    }
  }

  private static List<ILoggingEvent> said(ListAppender<ILoggingEvent> logged, ExecutorId by) {
    return List.copyOf(logged.list).stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .filter(event -> event.getFormattedMessage().contains(by.toString()))
        .toList();
  }

  @Test
  void executorOfAnotherHost_isRefusedWhileTheStoreIsOnLoopback() {
    LinkService links = berth.bean(LinkService.class);
    assertThatThrownBy(
            () -> links.requireStoreReachable(new InetSocketAddress("192.0.2.1", 40_000)))
        .isInstanceOf(BerthException.class)
        .hasMessageContaining("BERTH_STORE_ENDPOINT");
    links.requireStoreReachable(new InetSocketAddress("127.0.0.1", 40_000));
  }

  private static ConnectRequest hello(Hello hello) {
    return ConnectRequest.newBuilder().setHello(hello).build();
  }

  private static Status firstAnswer(ScriptedAgent agent, ConnectRequest first) throws Exception {
    CompletableFuture<Status> end = new CompletableFuture<>();
    var requests =
        ExecutorLinkServiceGrpc.newStub(agent.channel())
            .connect(
                new StreamObserver<ConnectResponse>() {
                  @Override
                  public void onNext(ConnectResponse message) {
                    end.complete(Status.OK);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    end.complete(Status.fromThrowable(failure));
                  }

                  @Override
                  public void onCompleted() {
                    end.complete(Status.OK);
                  }
                });
    requests.onNext(first);
    return end.get(20, TimeUnit.SECONDS);
  }

  private static String token() {
    return ExecutorServiceGrpc.newBlockingStub(berth.channel())
        .createEnrolmentToken(CreateEnrolmentTokenRequest.getDefaultInstance())
        .getToken();
  }

  private static EnrollResponse enroll(String token, String enrolmentId, String name) {
    return ExecutorLinkServiceGrpc.newBlockingStub(berth.executorChannel(token))
        .enroll(EnrollRequest.newBuilder().setEnrolmentId(enrolmentId).setName(name).build());
  }

  private static Executor executor(String id) {
    return ExecutorServiceGrpc.newBlockingStub(berth.channel())
        .getExecutor(GetExecutorRequest.newBuilder().setExecutorId(id).build())
        .getExecutor();
  }
}
