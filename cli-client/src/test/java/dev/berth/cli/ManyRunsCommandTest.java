package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.v1.BatchCreateRunsRequest;
import dev.berth.v1.BatchCreateRunsResponse;
import dev.berth.v1.CancelRunsRequest;
import dev.berth.v1.CancelRunsResponse;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateRunResponse;
import dev.berth.v1.EndReason;
import dev.berth.v1.ExplainRunRequest;
import dev.berth.v1.ExplainRunResponse;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.ListRunsResponse;
import dev.berth.v1.OnBusy;
import dev.berth.v1.RedriveRunsRequest;
import dev.berth.v1.RedriveRunsResponse;
import dev.berth.v1.Run;
import dev.berth.v1.RunServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands about many runs, and what a new run says of its attempts and deadlines. */
class ManyRunsCommandTest {
  private static final String ID = "run_0000000000000000000000000";
  private static final String SESSION = "ses_00000000000000000000000000";

  @Test
  void cancelOfAFilter_callsAgainUntilNothingIsLeft_andAddsUp() throws Exception {
    var runs = new Runs();
    try (var shell = new Shell(runs)) {
      var result = shell.berth("run", "cancel", "--queue", "nightly", "--state", "queued");
      assertThat(result.out()).contains("2001 runs that waited are canceled, 3 under way");
      assertThat(runs.cancels).hasSize(3).allMatch(each -> each.getQueue().equals("nightly"));
    }
  }

  @Test
  void cancel_namesEitherARunOrAFilter() throws Exception {
    try (var shell = new Shell(new Runs())) {
      assertThat(shell.berth("run", "cancel").exitCode()).isEqualTo(2);
      assertThat(shell.berth("run", "cancel", ID + "1", "--queue", "q").exitCode()).isEqualTo(2);
    }
  }

  @Test
  void redriveOfAll_goesThroughThePages() throws Exception {
    var runs = new Runs();
    try (var shell = new Shell(runs)) {
      var result = shell.berth("run", "redrive", "--all", "--queue", "nightly");
      assertThat(result.exitCode()).isZero();
      assertThat(runs.redriven).containsExactly(ID + "1", ID + "2");
      assertThat(result.out()).contains(ID + "1", ID + "2");
      assertThat(shell.berth("run", "redrive").exitCode()).isEqualTo(2);
      assertThat(shell.berth("run", "dead-letters").out()).contains(ID + "1");
    }
  }

  @Test
  void aRunSaysHowItIsRetried_andWhatToDoWhereItsSessionIsBusy() throws Exception {
    var runs = new Runs();
    try (var shell = new Shell(runs)) {
      var result =
          shell.berth(
              "run",
              "-d",
              "-s",
              SESSION,
              "--max-attempts",
              "4",
              "--retry-delay",
              "5s",
              "--retry-on",
              "exit_code",
              "--finish-within",
              "1h",
              "--retention",
              "1m",
              "--if-busy",
              "reject",
              "--",
              "true");
      assertThat(result.err()).isEmpty();
      var spec = runs.created.getFirst().getSpec();
      assertThat(spec.getMaxAttempts()).isEqualTo(4);
      assertThat(spec.getRetry().getDelay().getSeconds()).isEqualTo(5);
      assertThat(spec.getRetry().getReasonsList()).containsExactly(EndReason.END_REASON_EXIT_CODE);
      assertThat(spec.hasFinishBy()).isTrue();
      assertThat(spec.getRetention().getSeconds()).isEqualTo(60);
      assertThat(spec.hasStartBy()).isFalse();
      assertThat(runs.created.getFirst().getOnBusy()).isEqualTo(OnBusy.ON_BUSY_REJECT);
    }
  }

  @Test
  void aBatch_isReadLineByLine_andSentAThousandAtATime(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("runs.jsonl");
    String own =
        "{\"sessionId\": \""
            + SESSION
            + "\", \"queue\": \"mine\", \"spec\": {\"command\": [\"a\"]}}\n";
    Files.writeString(file, own + "\n" + "{\"spec\": {\"command\": [\"b\"]}}\n".repeat(1_500));
    var runs = new Runs();
    try (var shell = new Shell(runs)) {
      var result =
          shell.berth("run", "batch", "--queue", "q", "--request-id", "r", file.toString());
      assertThat(result.err()).isEmpty();
      assertThat(result.out().lines()).hasSize(1_501);
      assertThat(runs.batches).extracting(each -> each.getRunsCount()).containsExactly(1_000, 501);
      assertThat(runs.batches)
          .extracting(each -> each.getRequestId())
          .containsExactly("r", "r+1000");
      assertThat(runs.batches.getFirst().getRuns(0).getQueue()).isEqualTo("mine");
      assertThat(runs.batches.getFirst().getRuns(0).getSessionId()).isEqualTo(SESSION);
      assertThat(runs.batches.getLast().getRuns(0).getQueue()).isEqualTo("q");
      assertThat(runs.batches.getLast().getRuns(0).hasSessionSpec()).isTrue();
    }
  }

  @Test
  void aLineOfABatchThatIsNoRun_isNamed_andNothingIsSent(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("runs.jsonl");
    Files.writeString(file, "{\"spec\": {\"command\": [\"a\"]}}\n{\"sepc\": {}}\n");
    var runs = new Runs();
    try (var shell = new Shell(runs)) {
      var result = shell.berth("run", "batch", file.toString());
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).contains("Line 2 of " + file, "sepc");
      Files.writeString(file, "\n");
      assertThat(shell.berth("run", "batch", file.toString()).exitCode()).isEqualTo(2);
      assertThat(runs.batches).isEmpty();
    }
  }

  @Test
  void aRunThatSaysNothing_leavesItToItsQueue() throws Exception {
    var runs = new Runs();
    try (var shell = new Shell(runs)) {
      assertThat(shell.berth("run", "-d", "-s", SESSION, "--", "true").err()).isEmpty();
      var spec = runs.created.getFirst().getSpec();
      assertThat(spec.getMaxAttempts()).isZero();
      assertThat(spec.hasRetry()).isFalse();
      assertThat(spec.hasRetention()).isFalse();
    }
  }

  @Test
  void why_tellsTheSentences() throws Exception {
    try (var shell = new Shell(new Runs())) {
      assertThat(shell.berth("why", "run_00000000000000000000000001").out())
          .contains("now", "It waits.");
    }
  }

  private static final class Runs extends RunServiceGrpc.RunServiceImplBase {
    private final List<CancelRunsRequest> cancels = new ArrayList<>();
    private final List<String> redriven = new ArrayList<>();
    private final List<CreateRunRequest> created = new ArrayList<>();
    private final List<BatchCreateRunsRequest> batches = new ArrayList<>();

    @Override
    public void batchCreateRuns(
        BatchCreateRunsRequest request, StreamObserver<BatchCreateRunsResponse> answer) {
      batches.add(request);
      var response = BatchCreateRunsResponse.newBuilder();
      request.getRunsList().forEach(run -> response.addRunIds(ID + "8"));
      answer.onNext(response.build());
      answer.onCompleted();
    }

    @Override
    public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> answer) {
      created.add(request);
      answer.onNext(
          CreateRunResponse.newBuilder().setRun(Run.newBuilder().setId(ID + "9")).build());
      answer.onCompleted();
    }

    @Override
    public void cancelRuns(CancelRunsRequest request, StreamObserver<CancelRunsResponse> answer) {
      cancels.add(request);
      boolean last = cancels.size() == 3;
      answer.onNext(
          CancelRunsResponse.newBuilder()
              .setCanceled(last ? 1 : 1000)
              .setCanceling(1)
              .setMore(!last)
              .build());
      answer.onCompleted();
    }

    @Override
    public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> answer) {
      assertThat(request.getDeadLetters()).isTrue();
      boolean first = request.getPageToken().isEmpty();
      answer.onNext(
          ListRunsResponse.newBuilder()
              .addRuns(Run.newBuilder().setId(ID + (first ? "1" : "2")))
              .setNextPageToken(first ? "more" : "")
              .build());
      answer.onCompleted();
    }

    @Override
    public void redriveRuns(
        RedriveRunsRequest request, StreamObserver<RedriveRunsResponse> answer) {
      redriven.addAll(request.getRunIdsList());
      var response = RedriveRunsResponse.newBuilder();
      request
          .getRunIdsList()
          .forEach(id -> response.addRuns(Run.newBuilder().setId(ID + "7").setRedriveOf(id)));
      answer.onNext(response.build());
      answer.onCompleted();
    }

    @Override
    public void explainRun(ExplainRunRequest request, StreamObserver<ExplainRunResponse> answer) {
      answer.onNext(
          ExplainRunResponse.newBuilder()
              .addSentences(ExplainRunResponse.Sentence.newBuilder().setText("It waits."))
              .build());
      answer.onCompleted();
    }
  }
}
