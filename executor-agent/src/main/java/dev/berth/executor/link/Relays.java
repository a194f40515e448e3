package dev.berth.executor.link;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.exec.Execs;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceBlockingV2Stub;
import dev.berth.executor.v1.FileOperation;
import dev.berth.executor.v1.OpenRelay;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.worker.Failure;
import dev.berth.executor.worker.Workers;
import dev.berth.executor.workspace.FileInfo;
import dev.berth.executor.workspace.WorkspaceException;
import dev.berth.executor.workspace.WorkspaceFiles;
import dev.berth.format.FileName;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out file operations that clients wait for, each on a stream and a thread of its own, at
 * most {@value #AT_ONCE} at once; more wait. Clients at execs may stay long: they have threads of
 * their own. A command that is under way is not begun again.
 */
final class Relays implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Relays.class);
  private static final int AT_ONCE = 32;

  private final ExecutorLinkServiceBlockingV2Stub stub;
  private final Workers workers;
  private final ExecRelay execs;
  private final Outbox outbox;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  /** Threads of the platform: a file system call would hold a carrier of virtual ones. */
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          AT_ONCE, Thread.ofPlatform().daemon().name("relay-", 0).factory());

  /** Never interrupted: that would close an exec's streams. */
  private final ExecutorService attached = Executors.newVirtualThreadPerTaskExecutor();

  Relays(ExecutorLinkServiceBlockingV2Stub stub, Workers workers, Execs execs, Outbox outbox) {
    this.stub = stub;
    this.workers = workers;
    this.execs = new ExecRelay(execs);
    this.outbox = outbox;
  }

  void open(OpenRelay order) {
    if (underWay.add(order.getCommandId())) {
      (order.getOperation().hasAttachExec() ? attached : threads).execute(() -> relay(order));
    }
  }

  private void relay(OpenRelay order) {
    Failure failure = null;
    try {
      failure = carryOut(order, new RelayStream(stub.relay()));
    } catch (RelayStream.GoneException e) {
      LOG.debug("{}: nobody waits any more", order.getCommandId(), e);
      failure = Failure.temporary("CANCELED", "The client went away.");
    } catch (RuntimeException e) {
      LOG.error("{} failed in a way not foreseen", order.getCommandId(), e);
      failure = Failure.of(e);
    } finally {
      underWay.remove(order.getCommandId());
      outbox.commandResult(
          order.getCommandId(), ReportMapper.commandResult(order.getCommandId(), failure));
    }
  }

  private @Nullable Failure carryOut(OpenRelay order, RelayStream stream)
      throws RelayStream.GoneException {
    try {
      stream.send(
          RelayRequest.newBuilder()
              .setOpen(RelayRequest.Open.newBuilder().setCommandId(order.getCommandId()))
              .build());
      var failure = operate(order, stream);
      if (failure != null) {
        stream.send(RelayRequest.newBuilder().setFailure(ReportMapper.message(failure)).build());
      }
      stream.finish();
      return failure;
    } catch (RuntimeException e) {
      stream.cancel("the executor failed");
      throw e;
    }
  }

  private @Nullable Failure operate(OpenRelay order, RelayStream stream)
      throws RelayStream.GoneException {
    var operation = order.getOperation();
    if (operation.hasAttachExec()) {
      return execs.serve(operation.getAttachExec(), stream);
    }
    var session = SessionId.parse(order.getSessionId());
    var access =
        operation.hasExport()
            ? workers.held(session, order.getGeneration())
            : workers.access(
                session,
                WorkerId.parse(order.getWorkerId()),
                order.getGeneration(),
                writes(operation));
    if (access.isEmpty()) {
      return operation.hasExport()
          ? Failure.temporary(
              "EXECUTOR_UNREACHABLE", "The executor's disk does not hold the session's files now.")
          : Failure.temporary(
              "SESSION_NOT_READY", "The session's worker is not ready on this executor.");
    }
    try (var files = access.get()) {
      operate(files.files(), operation, stream);
      return null;
    } catch (RelayStream.GoneException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      return Failure.permanent("FIELD_INVALID", "The path is not one of a workspace.");
    } catch (WorkspaceException e) {
      return e.getCause() instanceof RelayStream.GoneException gone ? rethrow(gone) : told(e);
    } catch (IOException e) {
      LOG.warn("{} failed", order.getCommandId(), e);
      return Failure.of(e);
    }
  }

  private static Failure rethrow(RelayStream.GoneException gone) throws RelayStream.GoneException {
    throw gone;
  }

  /** Names of the executor's own where clients have others. */
  private static Failure told(WorkspaceException e) {
    var failure = Failure.of(e);
    var reason =
        switch (e.reason()) {
          case PATH_INVALID, ARCHIVE_INVALID -> "FIELD_INVALID";
          case LIMIT -> "WORKSPACE_FULL";
          case HOST, COPY_INCOMPLETE -> "EXECUTOR_UNREACHABLE";
          default -> failure.reason();
        };
    return new Failure(failure.kind(), reason, failure.message());
  }

  private static boolean writes(FileOperation operation) {
    return switch (operation.getOperationCase()) {
      case WRITE, WRITE_INTO, DELETE, PUSH, MOVE, MAKE_DIRECTORY, SET_MODE -> true;
      case LIST, STAT, READ, PULL, EXPORT, ATTACH_EXEC, OPERATION_NOT_SET -> false;
    };
  }

  private static void operate(WorkspaceFiles files, FileOperation operation, RelayStream stream)
      throws IOException {
    switch (operation.getOperationCase()) {
      case LIST -> {
        var list = operation.getList();
        var after =
            list.getAfterName().isEmpty()
                ? Optional.<FileName>empty()
                : Optional.of(
                    FileName.of(list.getAfterName().toByteArray(), 0, list.getAfterName().size()));
        var page = files.list(RelativePath.of(list.getPath()), after, Math.max(1, list.getLimit()));
        stream.send(FileMapper.files(page.files(), page.more()));
        stream.send(FileMapper.done(page.files().size(), 0));
      }
      case STAT -> answer(files.stat(RelativePath.of(operation.getStat().getPath())), stream);
      case READ -> read(files, operation.getRead(), stream);
      case WRITE -> answer(write(files, operation.getWrite(), stream.input()), stream);
      case WRITE_INTO -> answer(write(files, operation.getWriteInto(), stream.input()), stream);
      case MOVE -> {
        var move = operation.getMove();
        answer(
            files.move(
                RelativePath.of(move.getFrom()),
                RelativePath.of(move.getTo()),
                move.getOverwrite()),
            stream);
      }
      case MAKE_DIRECTORY ->
          answer(
              files.makeDirectory(RelativePath.of(operation.getMakeDirectory().getPath())), stream);
      case SET_MODE -> {
        var set = operation.getSetMode();
        answer(files.setMode(RelativePath.of(set.getPath()), set.getMode()), stream);
      }
      case DELETE -> {
        var delete = operation.getDelete();
        files.delete(RelativePath.of(delete.getPath()), delete.getRecursive());
        stream.send(FileMapper.done(1, 0));
      }
      case PUSH -> {
        var input = stream.input();
        var moved = files.push(RelativePath.of(operation.getPush().getPath()), input);
        // what tar pads its archives with
        input.transferTo(java.io.OutputStream.nullOutputStream());
        stream.send(FileMapper.done(moved.files(), moved.bytes()));
      }
      case PULL -> pull(files, operation.getPull().getPath(), stream);
      case EXPORT -> pull(files, "", stream);
      case ATTACH_EXEC, OPERATION_NOT_SET ->
          throw new WorkspaceException(
              WorkspaceException.Reason.PATH_INVALID,
              "This executor agent does not know such an operation; upgrade it.");
    }
  }

  private static void pull(WorkspaceFiles files, String path, RelayStream stream)
      throws IOException {
    try (var output = stream.output()) {
      var moved = files.pull(RelativePath.of(path), output);
      output.flush();
      stream.send(FileMapper.done(moved.files(), moved.bytes()));
    }
  }

  private static FileInfo write(
      WorkspaceFiles files, FileOperation.Write write, InputStream content) throws IOException {
    return files.write(
        RelativePath.of(write.getPath()), mode(write.getMode()), write.getCreateOnly(), content);
  }

  private static FileInfo write(
      WorkspaceFiles files, FileOperation.WriteInto write, InputStream content) throws IOException {
    return files.writeInto(
        RelativePath.of(write.getPath()),
        mode(write.getMode()),
        write.hasOffset() ? OptionalLong.of(write.getOffset()) : OptionalLong.empty(),
        content);
  }

  private static int mode(int asked) {
    return asked == 0 ? 0644 : asked;
  }

  private static void answer(FileInfo file, RelayStream stream) throws IOException {
    stream.send(FileMapper.files(List.of(file), false));
    stream.send(FileMapper.done(1, file.size()));
  }

  private static void read(WorkspaceFiles files, FileOperation.Read read, RelayStream stream)
      throws IOException {
    var bytes = new long[1];
    files.read(
        RelativePath.of(read.getPath()),
        read.getOffset(),
        read.getLength(),
        new FileInfo.Sink() {
          @Override
          public void begin(FileInfo file) throws IOException {
            stream.send(FileMapper.files(List.of(file), false));
          }

          @Override
          public void data(byte[] block, int length) throws IOException {
            stream.send(FileMapper.data(block, 0, length));
            bytes[0] += length;
          }
        });
    stream.send(FileMapper.done(1, bytes[0]));
  }

  @Override
  public void close() {
    attached.shutdown();
    threads.shutdownNow();
  }
}
