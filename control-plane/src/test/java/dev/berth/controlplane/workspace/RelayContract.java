package dev.berth.controlplane.workspace;

import static dev.berth.controlplane.relay.ScriptedExecutor.data;
import static dev.berth.controlplane.relay.ScriptedExecutor.done;
import static dev.berth.controlplane.relay.ScriptedExecutor.failure;
import static dev.berth.controlplane.relay.ScriptedExecutor.file;
import static dev.berth.sql.db.Tables.COMMAND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.berth.controlplane.relay.ScriptedExecutor;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.RelayResponse;
import dev.berth.v1.PullRequest;
import dev.berth.v1.PushRequest;
import dev.berth.v1.PushResponse;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.ReadFileResponse;
import dev.berth.v1.WorkspaceServiceGrpc;
import dev.berth.v1.WriteFileRequest;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Byte streams between a client and an executor, whichever replicas the two are connected to. */
abstract class RelayContract {

  private static final int BLOCK = 64 << 10;
  private static final ByteString BYTES = ByteString.copyFrom(new byte[BLOCK]);

  /** The server whose client calls. */
  abstract BerthServer clients();

  /** The server that the executor's channel leads to. */
  abstract BerthServer executors();

  /** How many bytes a stalled stream may hold: the windows of all hops, both ends included. */
  abstract long boundBytes();

  private final World world = new World(clients());
  private final World.Executor executor = world.executor(clients().project());
  private final World.Place place = world.place(clients().project(), executor.id());
  private final WorkspaceServiceGrpc.WorkspaceServiceBlockingStub stub =
      WorkspaceServiceGrpc.newBlockingStub(clients().channel());

  private ScriptedExecutor script(ScriptedExecutor.Script script) {
    return new ScriptedExecutor(executors(), executor, script);
  }

  private ReadFileRequest read() {
    return ReadFileRequest.newBuilder()
        .setSessionId(place.session().toString())
        .setPath("a/file")
        .build();
  }

  private PushClient push() {
    PushClient client = PushClient.open(clients().channel());
    client.send(
        PushRequest.newBuilder()
            .setStart(PushRequest.Start.newBuilder().setSessionId(place.session().toString()))
            .build());
    return client;
  }

  private static PushRequest block() {
    return PushRequest.newBuilder().setData(BYTES).build();
  }

  @Test
  void read_carriesEveryByteInOrder() throws Exception {
    int blocks = 320;
    try (var agent =
        script((order, stream) -> {
          stream.write(file(order.getOperation().getRead().getPath(), (long) blocks * BLOCK));
          for (int i = 0; i < blocks; i++) {
            stream.write(data(numbered(i)));
          }
          stream.write(done(1, (long) blocks * BLOCK));
        })) {
      Iterator<ReadFileResponse> answers = stub.readFile(read());

      assertThat(answers.next().getFile().getPath()).isEqualTo("a/file");
      for (int i = 0; i < blocks; i++) {
        assertThat(answers.next().getData()).isEqualTo(numbered(i));
      }
      assertThat(answers.hasNext()).isFalse();
      assertThat(agent.nextEnd()).isEqualTo("OK");
      assertNoOpenCommands();
    }
  }

  @Test
  void write_marksTheCopyDirtyBeforeTheExecutorHears() throws Exception {
    var dirty = new CompletableFuture<Boolean>();
    var received = new CompletableFuture<ByteString>();
    ByteString content = ByteString.copyFrom(new byte[3 << 20]);
    try (var agent =
        script((order, stream) -> {
          dirty.complete(world.copy(place).getDirty());
          received.complete(receive(stream));
          stream.write(file(order.getOperation().getWrite().getPath(), content.size()));
          stream.write(done(1, content.size()));
        })) {
      var answer =
          stub.writeFile(
              WriteFileRequest.newBuilder()
                  .setSessionId(place.session().toString())
                  .setPath("new")
                  .setData(content)
                  .build());

      assertThat(answer.getFile().getSize()).isEqualTo(content.size());
      assertThat(dirty.join()).isTrue();
      assertThat(received.join()).isEqualTo(content);
      assertThat(agent.nextOrder().getOperation().getWrite().getMode()).isEqualTo(0644);
      assertThat(world.copy(place).getDirtyVersion()).isEqualTo(1);
    }
  }

  @Test
  void push_carriesAHundredMegabytes() throws Exception {
    long total = 100L << 20;
    try (var agent =
        script((order, stream) -> {
          long bytes = 0;
          for (var m = stream.read(); m != null && !m.hasEnd(); m = stream.read()) {
            bytes += m.getData().size();
          }
          stream.write(done(7, bytes));
        })) {
      PushClient client = push();
      for (long sent = 0; sent < total; sent += BLOCK) {
        assertThat(client.awaitReady(Duration.ofSeconds(30))).isTrue();
        client.send(block());
      }
      client.call().onCompleted();

      PushResponse answer = client.answer.get(60, TimeUnit.SECONDS);
      assertThat(answer.getBytes()).isEqualTo(total);
      assertThat(answer.getFileCount()).isEqualTo(7);
      assertThat(agent.nextEnd()).isEqualTo("OK");
    }
  }

  @Test
  void pull_carriesEveryByte() throws Exception {
    try (var agent =
        script((order, stream) -> {
          for (int i = 0; i < 160; i++) {
            stream.write(data(BYTES));
          }
          stream.write(done(3, 160L * BLOCK));
        })) {
      long bytes = 0;
      var answers =
          stub.pull(PullRequest.newBuilder().setSessionId(place.session().toString()).build());
      while (answers.hasNext()) {
        bytes += answers.next().getData().size();
      }
      assertThat(bytes).isEqualTo(160L * BLOCK);
      assertThat(agent.nextEnd()).isEqualTo("OK");
    }
  }

  @Test
  void slowReader_costsBoundedMemory_andLeavingEndsTheExecutorsStream() throws Exception {
    var written = new AtomicLong();
    try (var agent =
        script((order, stream) -> {
          stream.write(file("a/file", 1L << 40));
          while (stream.write(data(BYTES))) {
            written.addAndGet(BLOCK);
          }
        })) {
      var client = new StalledReader();
      WorkspaceServiceGrpc.newStub(clients().channel()).readFile(read(), client);

      awaitStill(written);
      assertThat(written.get()).isBetween(1L, boundBytes());

      client.call.join().cancel("enough", null);
      assertThat(agent.nextEnd()).isIn("CANCELLED", "OK");
      assertNoOpenCommands();
    }
  }

  @Test
  void slowExecutor_stopsThePushingClient_andItsRefusalIsHeardAtOnce() throws Exception {
    var release = new Semaphore(0);
    try (var agent =
        script((order, stream) -> {
          release.acquire();
          stream.write(failure("WORKSPACE_FULL"));
        })) {
      PushClient client = push();
      long sent = 0;
      while (client.awaitReady(Duration.ofSeconds(2))) {
        client.send(block());
        sent += BLOCK;
        assertThat(sent).isLessThan(boundBytes());
      }

      release.release();
      Refusal refusal =
          Refusal.from(
              Objects.requireNonNull(
                  catchThrowable(() -> client.answer.get(10, TimeUnit.SECONDS)).getCause()));
      assertThat(refusal.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(refusal.reason()).isEqualTo("WORKSPACE_FULL");
      assertThat(agent.nextEnd()).isEqualTo("OK");
    }
  }

  @Test
  void clientThatLeavesAPush_endsTheExecutorsStreamWithoutAnEnd() throws Exception {
    var begun = new Semaphore(0);
    try (var agent =
        script((order, stream) -> {
          for (var m = stream.read(); m != null && !m.hasEnd(); m = stream.read()) {
            begun.release();
          }
        })) {
      PushClient client = push();
      client.send(block());
      assertThat(begun.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
      client.call().cancel("gone", null);

      assertThat(agent.nextEnd()).isEqualTo("CANCELLED");
      assertNoOpenCommands();
    }
  }

  @Test
  void clientThatLeavesWhileTheExecutorIsSilent_isNoticed() throws Exception {
    try (var agent = script((order, stream) -> stream.read());
        var context = Context.current().withCancellation()) {
      context.run(() ->
          WorkspaceServiceGrpc.newStub(clients().channel()).readFile(read(), new StalledReader()));
      agent.nextOrder();
      context.cancel(null);

      assertThat(agent.nextEnd()).isIn("CANCELLED", "NOT_FOUND");
      assertNoOpenCommands();
    }
  }

  @Test
  void executorThatDiesInTheMiddle_isUnreachable() throws Exception {
    try (var agent =
        script((order, stream) -> {
          stream.write(file("a/file", 1L << 30));
          stream.write(data(BYTES));
          stream.cancel("killed", null);
        })) {
      Refusal refusal = Refusal.of(() -> stub.readFile(read()).forEachRemaining(answer -> {}));

      assertThat(refusal.code()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(refusal.reason()).isEqualTo("EXECUTOR_UNREACHABLE");
      assertThat(refusal.retry()).isTrue();
      assertThat(agent.nextEnd()).isEqualTo("CANCELED BY ITSELF");
    }
  }

  @Test
  void executorThatEndsWithoutDone_isUnreachable() throws Exception {
    try (var agent = script((order, stream) -> stream.write(file("a/file", 1)))) {
      Refusal refusal = Refusal.of(() -> stub.readFile(read()).forEachRemaining(answer -> {}));

      assertThat(refusal.reason()).isEqualTo("EXECUTOR_UNREACHABLE");
      assertThat(agent.nextOrder().getGeneration()).isEqualTo(1);
    }
  }

  private void assertNoOpenCommands() {
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() ->
            assertThat(
                    clients()
                        .sql()
                        .fetchCount(
                            COMMAND,
                            COMMAND.SESSION_ID.eq(place.session()).and(COMMAND.DONE_TIME.isNull())))
                .isZero());
  }

  /** Waits until the number has risen and then stood for a second. */
  private static void awaitStill(AtomicLong number) {
    var last = new AtomicLong(-1);
    await()
        .pollInterval(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(30))
        .until(() -> number.get() > 0 && last.getAndSet(number.get()) == number.get());
  }

  private static ByteString numbered(int number) {
    byte[] block = new byte[BLOCK];
    Arrays.fill(block, (byte) number);
    return ByteString.copyFrom(block);
  }

  private static ByteString receive(BlockingClientCall<?, RelayResponse> stream)
      throws InterruptedException, StatusException {
    ByteString received = ByteString.EMPTY;
    for (var m = stream.read(); m != null && !m.hasEnd(); m = stream.read()) {
      received = received.concat(m.getData());
    }
    return received;
  }

  /** A client that never asks for a message. */
  private static final class StalledReader
      implements ClientResponseObserver<ReadFileRequest, ReadFileResponse> {
    private final CompletableFuture<ClientCallStreamObserver<ReadFileRequest>> call =
        new CompletableFuture<>();

    @Override
    public void beforeStart(ClientCallStreamObserver<ReadFileRequest> started) {
      started.disableAutoRequestWithInitial(0);
      call.complete(started);
    }

    @Override
    public void onNext(ReadFileResponse answer) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
