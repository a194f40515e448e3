package dev.berth.executor.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.IdSource;
import dev.berth.executor.sessionless.NoopProvider;
import dev.berth.executor.sessionless.SessionlessRuns;
import dev.berth.executor.sessionless.SessionlessStart;
import dev.berth.executor.v1.AttemptReport;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.ReportAttemptsResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AttemptReporterTest {
  private final IdSource ids = new IdSource(Clock.systemUTC());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final SessionlessRuns runs =
      new SessionlessRuns(
          List.of(new NoopProvider(timer)), 8, Duration.ofHours(1), Clock.systemUTC(), timer);
  private final List<AttemptReport> received = new CopyOnWriteArrayList<>();
  private ScriptedPlane plane;
  private ManagedChannel channel;
  private AttemptReporter reporter;

  @BeforeEach
  void start() throws Exception {
    plane = new ScriptedPlane();
    channel = plane.channel();
    reporter =
        new AttemptReporter(
            ExecutorLinkServiceGrpc.newStub(channel).withWaitForReady(), new Random(1));
    reporter.start(runs);
  }

  @AfterEach
  void stop() {
    reporter.close();
    channel.shutdownNow();
    plane.close();
    timer.shutdownNow();
  }

  private SessionlessStart noop(String... command) {
    return new SessionlessStart(
        new RunId(ids.next()),
        new AttemptId(ids.next()),
        "noop",
        List.of(command),
        Map.of(),
        new byte[0],
        Duration.ofHours(1));
  }

  @Test
  void whatIsAnswered_isForgotten_andWhatIsStaleEnds() {
    var stale = noop("3600000");
    plane.onReports =
        (request, responses) -> {
          received.addAll(request.getAttemptsList());
          var answer = ReportAttemptsResponse.newBuilder();
          for (var report : request.getAttemptsList()) {
            if (report.getAttemptId().equals(stale.attempt().toString())) {
              answer.addStale(report.getAttemptId());
            } else {
              answer.addEnded(report.getAttemptId());
            }
          }
          responses.onNext(answer.build());
        };
    runs.start(List.of(noop(), stale, noop()));
    await().until(() -> runs.held().isEmpty());
    assertThat(received).hasSize(3);
  }

  @Test
  void afterAStreamBroke_everythingHeldIsToldAgain() {
    var broken = new AtomicInteger();
    plane.onReports =
        (request, responses) -> {
          if (broken.getAndIncrement() < 2) {
            responses.onError(Status.UNAVAILABLE.asRuntimeException());
            return;
          }
          received.addAll(request.getAttemptsList());
          var answer = ReportAttemptsResponse.newBuilder();
          request.getAttemptsList().forEach(report -> answer.addEnded(report.getAttemptId()));
          responses.onNext(answer.build());
        };
    runs.start(List.of(noop(), noop()));
    await().until(() -> runs.held().isEmpty());
    assertThat(received).hasSize(2);
  }
}
