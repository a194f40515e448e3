package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.v1.CreateQueueRequest;
import dev.berth.v1.CreateQueueResponse;
import dev.berth.v1.EndReason;
import dev.berth.v1.GetQueueStatsRequest;
import dev.berth.v1.GetQueueStatsResponse;
import dev.berth.v1.ListQueuesRequest;
import dev.berth.v1.ListQueuesResponse;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueKey;
import dev.berth.v1.QueueKeyStats;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.QueueStats;
import dev.berth.v1.UpdateQueueRequest;
import dev.berth.v1.UpdateQueueResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueCommandTest {
  private final List<QueueSpec> made = new ArrayList<>();
  private final List<UpdateQueueRequest> updates = new ArrayList<>();
  @AutoClose private final Shell shell;

  QueueCommandTest() throws IOException {
    shell =
        new Shell(
            new QueueServiceGrpc.QueueServiceImplBase() {
              @Override
              public void createQueue(
                  CreateQueueRequest request, StreamObserver<CreateQueueResponse> responses) {
                made.add(request.getSpec());
                responses.onNext(CreateQueueResponse.getDefaultInstance());
                responses.onCompleted();
              }

              @Override
              public void updateQueue(
                  UpdateQueueRequest request, StreamObserver<UpdateQueueResponse> responses) {
                updates.add(request);
                responses.onNext(UpdateQueueResponse.getDefaultInstance());
                responses.onCompleted();
              }

              @Override
              public void listQueues(
                  ListQueuesRequest request, StreamObserver<ListQueuesResponse> responses) {
                responses.onNext(
                    ListQueuesResponse.newBuilder()
                        .addQueues(Queue.newBuilder().setId("1").setName("idle"))
                        .addQueues(
                            Queue.newBuilder()
                                .setId("2")
                                .setName("busy")
                                .setPaused(true)
                                .setWaiting(7))
                        .build());
                responses.onCompleted();
              }

              @Override
              public void getQueueStats(
                  GetQueueStatsRequest request, StreamObserver<GetQueueStatsResponse> responses) {
                var stats = QueueStats.newBuilder();
                if (request.getQueue().equals("2")) {
                  stats.setWaiting(7).addKeys(QueueKeyStats.newBuilder().setKey("tenant-a"));
                }
                responses.onNext(GetQueueStatsResponse.newBuilder().setStats(stats).build());
                responses.onCompleted();
              }
            });
  }

  @Test
  void whatRunsGet_isSaidWithTheQueue_andOnlyWhatIsSaidIsChanged() {
    assertThat(
            shell
                .berth(
                    "queue",
                    "create",
                    "q",
                    "--max-attempts",
                    "3",
                    "--retry-delay",
                    "5s",
                    "--retry-on",
                    "exit_code",
                    "--run-retention",
                    "2d")
                .exitCode())
        .isZero();
    QueueSpec spec = made.getFirst();
    assertThat(spec.getMaxAttempts()).isEqualTo(3);
    assertThat(spec.getRetry().getDelay().getSeconds()).isEqualTo(5);
    assertThat(spec.getRetry().getReasonsList()).containsExactly(EndReason.END_REASON_EXIT_CODE);
    assertThat(spec.getRunRetention().getSeconds()).isEqualTo(2 * 86_400);
    assertThat(shell.berth("queue", "update", "q", "--run-retention", "0").exitCode()).isZero();
    assertThat(updates.getFirst().getUpdateMask().getPathsList())
        .containsExactly("spec.run_retention");
    assertThat(updates.getFirst().getSpec()).isEqualTo(QueueSpec.getDefaultInstance());
  }

  @Test
  void whatBoundsIt_isSaid() {
    var result =
        shell.berth(
            "queue",
            "create",
            "narrow",
            "--max-concurrency=5",
            "--key=label:tenant",
            "--max-per-key=2",
            "--rate=10/1m");
    assertThat(result.exitCode()).as(result.err()).isZero();
    QueueSpec spec = made.getFirst();
    assertThat(spec.getMaxConcurrency()).isEqualTo(5);
    assertThat(spec.getKey().getField()).isEqualTo(QueueKey.Field.FIELD_LABEL);
    assertThat(spec.getKey().getLabel()).isEqualTo("tenant");
    assertThat(spec.getMaxConcurrencyPerKey()).isEqualTo(2);
    assertThat(spec.getRate().getTokens()).isEqualTo(10);
    assertThat(spec.getRate().getPeriod().getSeconds()).isEqualTo(60);
  }

  @Test
  void anUpdate_namesWhatWasSaid_alsoWhereItIsTakenAway() {
    var result = shell.berth("queue", "update", "narrow", "--rate=0", "--max-depth=9");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(updates.getFirst().getUpdateMask().getPathsList())
        .containsExactlyInAnyOrder("spec.rate", "spec.max_depth");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--key=tenant", "--key=label:", "--rate=10", "--rate=x/1m"})
  void whatCannotBeRead_isRefused(String option) {
    assertThat(shell.berth("queue", "create", "narrow", option).exitCode())
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(made).isEmpty();
  }

  @Test
  void top_showsTheBusiestFirst_andOnceWhereNobodyLooks() {
    var result = shell.berth("queue", "top");
    assertThat(result.exitCode()).as(result.err()).isZero();
    List<String> lines = result.out().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).startsWith("busy").contains("paused", "7", "tenant-a");
    assertThat(lines.get(2)).startsWith("idle").contains("open");
  }
}
