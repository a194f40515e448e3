package dev.berth.controlplane.workspace;

import static dev.berth.controlplane.relay.ScriptedExecutor.done;
import static dev.berth.controlplane.relay.ScriptedExecutor.failure;
import static dev.berth.controlplane.relay.ScriptedExecutor.file;
import static dev.berth.controlplane.relay.ScriptedExecutor.files;
import static dev.berth.sql.db.Tables.COMMAND;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.executor.RelayLink;
import dev.berth.controlplane.relay.ScriptedExecutor;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.CommandResult;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Failure;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.v1.DeleteFileRequest;
import dev.berth.v1.FileInfo;
import dev.berth.v1.ListFilesRequest;
import dev.berth.v1.PushRequest;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.WorkspaceServiceGrpc;
import dev.berth.v1.WriteFileRequest;
import io.grpc.Status;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkspaceServiceTest {

  @RegisterExtension
  static final BerthServer berth =
      BerthServer.create()
          .withoutReconcilers()
          .with("berth.relay.pick-up", "3s")
          .with("berth.workspace.activation-wait", "2s");

  private final World world = new World(berth);
  private final World.Executor executor = world.executor(berth.project());
  private final World.Place place = world.place(berth.project(), executor.id());
  private final WorkspaceServiceGrpc.WorkspaceServiceBlockingStub stub =
      WorkspaceServiceGrpc.newBlockingStub(berth.channel());

  private ScriptedExecutor script(ScriptedExecutor.Script script) {
    return new ScriptedExecutor(berth, executor, script);
  }

  private StatFileRequest stat() {
    return stat(place.session(), "a");
  }

  private static StatFileRequest stat(SessionId session, String path) {
    return StatFileRequest.newBuilder().setSessionId(session.toString()).setPath(path).build();
  }

  @Test
  void list_pagesByName() {
    try (var agent =
        script((order, stream) -> {
          var list = order.getOperation().getList();
          if (list.getAfterName().isEmpty()) {
            stream.write(files(true, named("d/a"), named("d/b")));
          } else {
            stream.write(files(false, named("d/" + list.getAfterName().toStringUtf8() + "x")));
          }
          stream.write(done(0, 0));
        })) {
      var request =
          ListFilesRequest.newBuilder()
              .setSessionId(place.session().toString())
              .setPath("d")
              .setPageSize(2);
      var first = stub.listFiles(request.build());
      var second = stub.listFiles(request.clone().setPageToken(first.getNextPageToken()).build());

      assertThat(first.getFilesList()).extracting(FileInfo::getPath).containsExactly("d/a", "d/b");
      assertThat(second.getFilesList()).extracting(FileInfo::getPath).containsExactly("d/bx");
      assertThat(second.getNextPageToken()).isEmpty();
      Refusal refusal =
          Refusal.of(() ->
              stub.listFiles(
                  request.clone().setPath("other").setPageToken(first.getNextPageToken()).build()));
      assertThat(refusal.reason()).isEqualTo("PAGE_TOKEN_INVALID");
      assertThat(agent).isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PATH_NOT_FOUND, NOT_FOUND",
    "PATH_EXISTS, ALREADY_EXISTS",
    "PATH_TYPE, FAILED_PRECONDITION",
    "DIRECTORY_NOT_EMPTY, FAILED_PRECONDITION",
    "WORKSPACE_FULL, RESOURCE_EXHAUSTED",
    "OFFSET_OUT_OF_RANGE, OUT_OF_RANGE",
    "FIELD_INVALID, INVALID_ARGUMENT",
    "SESSION_NOT_READY, UNAVAILABLE",
    "EXECUTOR_UNREACHABLE, UNAVAILABLE",
    "SOMETHING_NEW, INTERNAL",
  })
  void executorsReasons_becomeTheClientsCodes(String reason, Status.Code code) {
    try (var agent = script((order, stream) -> stream.write(failure(reason)))) {
      Refusal refusal = Refusal.of(() -> stub.statFile(stat()));

      assertThat(refusal.code()).isEqualTo(code);
      assertThat(refusal.retry()).isEqualTo(code == Status.Code.UNAVAILABLE);
      if (code != Status.Code.INTERNAL) {
        assertThat(refusal.reason()).isEqualTo(reason);
      }
      assertThat(agent).isNotNull();
    }
  }

  @Test
  void delete_isAWrite() {
    try (var agent = script((order, stream) -> stream.write(done(1, 0)))) {
      var answer =
          stub.deleteFile(
              DeleteFileRequest.newBuilder()
                  .setSessionId(place.session().toString())
                  .setPath("a")
                  .build());

      assertThat(answer).isNotNull();
      assertThat(world.copy(place).getDirty()).isTrue();
      assertThat(agent).isNotNull();
    }
  }

  @Test
  void aPlacement_goesWithAnOffsetOnlyWhereItHasOne_andNotWithCreateOnly() {
    var write = WriteFileRequest.newBuilder().setSessionId(place.session().toString()).setPath("a");
    Refusal offset = Refusal.of(() -> stub.writeFile(write.clone().setOffset(1).build()));
    Refusal created =
        Refusal.of(() ->
            stub.writeFile(
                write
                    .clone()
                    .setCreateOnly(true)
                    .setPlacement(WriteFileRequest.Placement.PLACEMENT_APPEND)
                    .build()));

    assertThat(offset.field()).isEqualTo("offset");
    assertThat(created.field()).isEqualTo("create_only");
    assertThat(openCommands()).isZero();
  }

  @Test
  void stat_isNoWrite_andCountsAsUse() {
    long before = activity();
    try (var agent =
        script((order, stream) -> {
          stream.write(file("a", 3));
          stream.write(done(1, 0));
        })) {
      assertThat(stub.statFile(stat()).getFile().getSize()).isEqualTo(3);
      assertThat(world.copy(place).getDirty()).isFalse();
      assertThat(activity()).isGreaterThan(before);
      assertThat(agent).isNotNull();
    }
  }

  @Test
  void executorThatNeverOpens_isUnreachable() {
    Refusal refusal = Refusal.of(() -> stub.statFile(stat()));

    assertThat(refusal.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(refusal.reason()).isEqualTo("EXECUTOR_UNREACHABLE");
    assertThat(refusal.retry()).isTrue();
    assertThat(openCommands()).isZero();
  }

  @Test
  void executorThatRefusesTheOrder_isHeardWithoutAStream() {
    try (var agent =
        script((order, stream) -> {
          berth
              .bean(RelayLink.class)
              .commandResult(
                  executor.id(),
                  CommandResult.newBuilder()
                      .setCommandId(order.getCommandId())
                      .setFailure(Failure.newBuilder().setReason("PATH_NOT_FOUND"))
                      .build());
        })) {
      Refusal refusal = Refusal.of(() -> stub.statFile(stat()));
      assertThat(refusal.reason()).isIn("PATH_NOT_FOUND", "EXECUTOR_UNREACHABLE");
      assertThat(agent).isNotNull();
    }
  }

  @Test
  void aRefusalInsteadOfAStream_isHeardAtOnce() throws Exception {
    var asked = CompletableFuture.supplyAsync(() -> Refusal.of(() -> stub.statFile(stat())));
    var waiting =
        await()
            .until(
                () -> berth.sql().fetchOptional(COMMAND, COMMAND.EXECUTOR_ID.eq(place.executor())),
                java.util.Optional::isPresent);
    long told = System.nanoTime();
    berth
        .bean(RelayLink.class)
        .commandResult(
            executor.id(),
            CommandResult.newBuilder()
                .setCommandId(waiting.orElseThrow().getId().toString())
                .setFailure(Failure.newBuilder().setReason("PATH_NOT_FOUND"))
                .build());
    assertThat(asked.get(5, TimeUnit.SECONDS).reason()).isEqualTo("PATH_NOT_FOUND");
    assertThat(System.nanoTime() - told).isLessThan(TimeUnit.MILLISECONDS.toNanos(500));
  }

  @Test
  void streamOfAnotherExecutor_isRefused_andTheClientGetsItsOwn() throws Exception {
    World.Executor stranger = world.executor(berth.project());
    var theirs = new CompletableFuture<Status.Code>();
    try (var agent =
        script((order, stream) -> {
          stream.write(file("a", 3));
          stream.write(done(1, 0));
        })) {
      var order = order();
      var stream =
          ExecutorLinkServiceGrpc.newBlockingV2Stub(berth.executorChannel(stranger.credential()))
              .relay();
      stream.write(
          RelayRequest.newBuilder()
              .setOpen(RelayRequest.Open.newBuilder().setCommandId(order))
              .build());
      try {
        assertThat(stream.read(10, TimeUnit.SECONDS)).isNull();
      } catch (io.grpc.StatusException e) {
        theirs.complete(e.getStatus().getCode());
      }
      assertThat(theirs).isCompletedWithValue(Status.Code.NOT_FOUND);
      assertThat(stub.statFile(stat()).getFile().getSize()).isEqualTo(3);
      assertThat(agent).isNotNull();
    }
  }

  /** An open command of the executor that no call waits for. */
  private String order() {
    var id = new dev.berth.common.Id.CommandId(world.newId());
    berth
        .sql()
        .insertInto(COMMAND)
        .set(COMMAND.ID, id)
        .set(COMMAND.EXECUTOR_ID, place.executor())
        .set(COMMAND.SESSION_ID, place.session())
        .set(COMMAND.WORKER_ID, place.worker())
        .set(COMMAND.KIND, "OPEN_RELAY")
        .set(COMMAND.WRITES, true)
        .set(COMMAND.PAYLOAD, new byte[0])
        .set(COMMAND.REPLICA_ID, new dev.berth.common.Id.ReplicaId(world.newId()))
        .set(
            COMMAND.EXPIRE_TIME,
            org.jooq.impl.DSL.currentInstant().plus(org.jooq.types.DayToSecond.valueOf(60_000)))
        .execute();
    return id.toString();
  }

  @Test
  void foreignAndUnknownSessions_areNotFound() {
    var foreign = WorkspaceServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));

    for (Refusal refusal :
        new Refusal[] {
          Refusal.of(() -> foreign.statFile(stat())),
          Refusal.of(() -> stub.statFile(stat(new SessionId(world.newId()), "a"))),
          Refusal.of(() -> foreign.syncWorkspace(sync())),
        }) {
      assertThat(refusal.code()).isEqualTo(Status.Code.NOT_FOUND);
      assertThat(refusal.reason()).isEqualTo("RESOURCE_NOT_FOUND");
    }
  }

  @ParameterizedTest
  @CsvSource({"/etc/passwd", "../up", "a/../b", "a//b", "./a"})
  void pathsOutsideOfTheWorkspace_areRefusedWithTheField(String path) {
    Refusal refusal = Refusal.of(() -> stub.statFile(stat(place.session(), path)));

    assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refusal.field()).isEqualTo("path");
    assertThat(openCommands()).isZero();
  }

  @Test
  void pushWithoutAStart_isRefusedWithTheField() {
    PushClient client = PushClient.open(berth.channel());
    client.send(
        PushRequest.newBuilder().setData(com.google.protobuf.ByteString.copyFromUtf8("x")).build());

    Refusal refusal =
        Refusal.from(
            Objects.requireNonNull(
                Assertions.catchThrowable(() -> client.answer.get(10, TimeUnit.SECONDS))
                    .getCause()));
    assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refusal.field()).isEqualTo("start");
  }

  @Test
  void sessionThatDoesNotBecomeReady_saysSo() {
    berth.sql().update(WORKER).set(WORKER.STATE, "PREPARING").where(worker()).execute();

    Refusal refusal = Refusal.of(() -> stub.statFile(stat()));

    assertThat(refusal.reason()).isEqualTo("SESSION_NOT_READY");
    assertThat(refusal.retry()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "IMAGE_NOT_FOUND, FAILED_PRECONDITION, ACTIVATION_FAILED",
    "OBJECT_CORRUPT, DATA_LOSS, OBJECT_CORRUPT"
  })
  void sessionThatIsGivenUp_saysWhy(String cause, Status.Code code, String reason) {
    berth.sql().update(WORKER).set(WORKER.STATE, "FAILED").where(worker()).execute();
    var call = CompletableFuture.supplyAsync(() -> Refusal.of(() -> stub.statFile(stat())));
    await().until(() -> activity() > 0);
    berth
        .sql()
        .update(SESSION)
        .set(SESSION.DESIRED, "STOPPED")
        .set(SESSION.STATE, "STOPPED")
        .set(SESSION.STATE_REASON, cause)
        .set(SESSION.STATE_MESSAGE, "It could not be")
        .where(SESSION.ID.eq(place.session()))
        .execute();

    Refusal refusal = call.join();
    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal.metadata()).containsEntry("cause", cause);
  }

  @Test
  void deletedSession_isAWrongState() {
    berth
        .sql()
        .update(SESSION)
        .set(SESSION.DESIRED, "DELETED")
        .set(SESSION.STATE, "DELETING")
        .where(SESSION.ID.eq(place.session()))
        .execute();

    Refusal refusal = Refusal.of(() -> stub.statFile(stat()));

    assertThat(refusal.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(refusal.reason()).isEqualTo("SESSION_STATE");
    assertThat(refusal.metadata()).containsEntry("state", "DELETING");
  }

  private SyncWorkspaceRequest sync() {
    return SyncWorkspaceRequest.newBuilder().setSessionId(place.session().toString()).build();
  }

  private static FileInfo named(String path) {
    return FileInfo.newBuilder().setPath(path).build();
  }

  private org.jooq.Condition worker() {
    return WORKER.ID.eq(place.worker());
  }

  private long activity() {
    return berth
        .sql()
        .select(SESSION.ACTIVITY_VERSION)
        .from(SESSION)
        .where(SESSION.ID.eq(place.session()))
        .fetchSingle(SESSION.ACTIVITY_VERSION);
  }

  private int openCommands() {
    return berth
        .sql()
        .fetchCount(
            COMMAND, COMMAND.SESSION_ID.eq(place.session()).and(COMMAND.DONE_TIME.isNull()));
  }
}
