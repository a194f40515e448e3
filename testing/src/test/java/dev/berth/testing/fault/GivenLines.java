package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunInput;
import dev.berth.v1.RunInputAck;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SendRunInputRequest;
import dev.berth.v1.SessionSpec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A run that prints what it is given, and a client that gives it numbered lines, each under an id
 * of its own, again where the answer was lost, and every seventh twice.
 */
final class GivenLines implements AutoCloseable {
  private static final int COUNT = 1_500;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Client client;
  private final Run run;
  private final RunWatcher watcher;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final CompletableFuture<Void> sending = new CompletableFuture<>();
  private volatile int sent;

  private GivenLines(Client client, Run run) {
    this.client = client;
    this.run = run;
    this.watcher = RunWatcher.start(client, run.getId());
    Thread.ofVirtual()
        .name("give " + run.getId())
        .start(() -> {
          try {
            sendAll();
            sending.complete(null);
          } catch (RuntimeException | InterruptedException e) {
            sending.completeExceptionally(e);
          }
        });
  }

  static GivenLines to(Stack stack, String session) {
    String made = stack.client().createSession(session, SessionSpec.getDefaultInstance()).getId();
    Client client = stack.connect();
    var spec = RunSpec.newBuilder().addCommand("cat").setInteractive(true);
    Run run =
        client
            .runs()
            .createRun(CreateRunRequest.newBuilder().setSessionId(made).setSpec(spec).build())
            .getRun();
    GivenLines lines = new GivenLines(client, run);
    lines.awaitSeen(100);
    return lines;
  }

  /** Waits until so many lines have come back. */
  void awaitSeen(int lines) {
    await("the run gets its input")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> watcher.output().lines().count() >= lines);
  }

  int seen() {
    return (int) watcher.output().lines().count();
  }

  void assertStillSending() {
    assertThat(sent).isLessThan(COUNT);
    assertThat(sending).isNotCompletedExceptionally();
  }

  void assertGivenOnceInOrder() throws Exception {
    sending.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    await("the watch ends").atMost(PATIENCE).until(watcher::ended);
    Run ended = client.awaitRun(run.getId(), Duration.ofSeconds(10));
    assertThat(ended.getState()).as("%s", ended).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(ended.getAttempt()).isEqualTo(1);
    assertThat(watcher.output().lines().toList())
        .isEqualTo(
            IntStream.range(0, COUNT).mapToObj(Integer::toString).collect(Collectors.toList()));
  }

  private void sendAll() throws InterruptedException {
    for (; sent < COUNT; sent++) {
      var line =
          RunInput.newBuilder()
              .setInputId("line-" + sent)
              .setData(ByteString.copyFromUtf8(sent + "\n"))
              .build();
      send(line);
      if (sent % 7 == 0) {
        send(line);
      }
    }
    send(
        RunInput.newBuilder()
            .setInputId("close")
            .setClose(RunInput.Close.getDefaultInstance())
            .build());
  }

  private void send(RunInput input) throws InterruptedException {
    var request = SendRunInputRequest.newBuilder().setRunId(run.getId()).setInput(input).build();
    while (true) {
      try {
        var ack = client.runInputs().withDeadlineAfter(5, TimeUnit.SECONDS).sendRunInput(request);
        assertThat(ack.getAck().getState()).isNotEqualTo(RunInputAck.State.STATE_REFUSED);
        return;
      } catch (StatusRuntimeException e) {
        var code = e.getStatus().getCode();
        if (code != Status.Code.UNAVAILABLE
            && code != Status.Code.DEADLINE_EXCEEDED
            && code != Status.Code.RESOURCE_EXHAUSTED) {
          throw e;
        }
        if (closed.await(50, TimeUnit.MILLISECONDS)) {
          throw e;
        }
      }
    }
  }

  @Override
  public void close() {
    closed.countDown();
    watcher.close();
    client.close();
  }
}
