package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateRunResponse;
import dev.berth.v1.EndReason;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.GetRunResponse;
import dev.berth.v1.ListSessionsRequest;
import dev.berth.v1.ListSessionsResponse;
import dev.berth.v1.Log;
import dev.berth.v1.Run;
import dev.berth.v1.RunEnd;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunFinished;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WatchRunResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RunCommandTest {
  private static final String RUN = "run_00000000000000000000000000";
  private static final String SESSION = "ses_00000000000000000000000000";

  @Test
  void brokenStream_isResumedBehindTheLastEventExamined() throws Exception {
    var runs = new Runs(100, 7);
    try (var shell = new Shell(runs, new Sessions())) {
      var result = shell.berth("run", "-s", "demo", "--", "seq", "100");

      assertThat(result.out())
          .isEqualTo(
              IntStream.rangeClosed(1, 100).mapToObj(i -> i + "\n").collect(Collectors.joining()));
      assertThat(runs.askedFrom).startsWith(0L, 7L, 14L).isSorted().doesNotHaveDuplicates();
      assertThat(result.err()).contains("resuming").contains("EXIT_CODE (exit code 3)");
    }
  }

  @Test
  void run_exitsWithTheProgramsCode() throws Exception {
    try (var shell = new Shell(new Runs(1, 10), new Sessions())) {
      assertThat(shell.berth("run", "-q", "-s", "demo", "--", "false").exitCode()).isEqualTo(3);
    }
  }

  @Test
  void quiet_saysNothingOfItsOwn() throws Exception {
    try (var shell = new Shell(new Runs(10, 3), new Sessions())) {
      assertThat(shell.berth("run", "-q", "-s", "demo", "--", "false").err()).isEmpty();
    }
  }

  @Test
  void detached_printsTheIdAlone() throws Exception {
    try (var shell = new Shell(new Runs(1, 10), new Sessions())) {
      assertThat(shell.berth("run", "-d", "-s", "demo", "--", "sleep", "9").out())
          .isEqualTo(RUN + "\n");
    }
  }

  @Test
  void anOptionsValue_mayBeNamedAsACommandIs() throws Exception {
    try (var shell = new Shell(new Runs(1, 10), new Sessions())) {
      var arguments = new String[] {"run", "-d", "-s", "demo", "--queue", "batch", "--", "true"};
      assertThat(shell.berth(arguments).out()).isEqualTo(RUN + "\n");
    }
  }

  @Test
  void unknownSessionName_isNotARunFailureOfTheProgram() throws Exception {
    try (var shell = new Shell(new Runs(1, 10), new Sessions())) {
      var result = shell.berth("run", "-s", "nobody", "--", "true");
      assertThat(result.exitCode()).isEqualTo(125);
      assertThat(result.err()).contains("There is no session \"nobody\"");
    }
  }

  /** One session, named demo. */
  private static final class Sessions extends SessionServiceGrpc.SessionServiceImplBase {
    @Override
    public void listSessions(
        ListSessionsRequest request, StreamObserver<ListSessionsResponse> answer) {
      var response = ListSessionsResponse.newBuilder();
      if (request.getName().equals("demo")) {
        response.addSessions(Session.newBuilder().setId(SESSION).setName("demo"));
      }
      answer.onNext(response.build());
      answer.onCompleted();
    }
  }

  /**
   * A run that prints numbered lines and exits with 3; its streams break after a number of events.
   */
  private static final class Runs extends RunServiceGrpc.RunServiceImplBase {
    private final int lines;
    private final int atOnce;
    private final List<Long> askedFrom = new ArrayList<>();

    Runs(int lines, int atOnce) {
      this.lines = lines;
      this.atOnce = atOnce;
    }

    @Override
    public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> answer) {
      answer.onNext(CreateRunResponse.newBuilder().setRun(Run.newBuilder().setId(RUN)).build());
      answer.onCompleted();
    }

    @Override
    public void getRun(GetRunRequest request, StreamObserver<GetRunResponse> answer) {
      var run =
          Run.newBuilder()
              .setId(RUN)
              .setState(RunState.RUN_STATE_FAILED)
              .setEnd(RunEnd.newBuilder().setReason(EndReason.END_REASON_EXIT_CODE).setExitCode(3));
      answer.onNext(GetRunResponse.newBuilder().setRun(run).build());
      answer.onCompleted();
    }

    @Override
    public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> answer) {
      askedFrom.add(request.getAfterSeq());
      long last = Math.min(request.getAfterSeq() + atOnce, lines + 1);
      for (long seq = request.getAfterSeq() + 1; seq <= last; seq++) {
        answer.onNext(
            WatchRunResponse.newBuilder()
                .addEvents(event(seq))
                .setExaminedSeq(seq)
                .setHeadSeq(lines + 1)
                .build());
      }
      if (last == lines + 1) {
        answer.onCompleted();
      } else {
        answer.onError(Status.UNAVAILABLE.asRuntimeException());
      }
    }

    private RunEvent.Builder event(long seq) {
      var event = RunEvent.newBuilder().setRunId(RUN).setSeq(seq);
      if (seq > lines) {
        return event
            .setType("run.finished")
            .setRunFinished(RunFinished.newBuilder().setState("FAILED"));
      }
      return event
          .setType("log")
          .setLog(
              Log.newBuilder()
                  .setStream(Log.Stream.STREAM_STDOUT)
                  .setData(ByteString.copyFromUtf8(seq + "\n")));
    }
  }
}
