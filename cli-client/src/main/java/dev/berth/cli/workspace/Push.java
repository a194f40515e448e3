package dev.berth.cli.workspace;

import com.google.protobuf.UnsafeByteOperations;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Progress;
import dev.berth.cli.output.Words;
import dev.berth.v1.PushRequest;
import dev.berth.v1.PushResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth workspace push}: sends a local file or directory as a tar stream. */
@Command(
    name = "push",
    description = "Copy a local file or directory into a session.",
    mixinStandardHelpOptions = true)
final class Push extends WorkspaceCommand.OfSession {
  @Parameters(
      index = "1",
      paramLabel = "LOCAL",
      description = "A directory's content goes into PATH itself.")
  Path local = Path.of("");

  @Parameters(
      index = "2",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "PATH",
      description = "A directory. Made if missing.")
  String path = "";

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "Leave out paths like this, relative to LOCAL. Repeatable.")
  List<String> excludes = new ArrayList<>();

  Push(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var tree = LocalTree.scan(local, excludes);
    var upload = new Upload();
    var requests = cli.connection().workspaceStreams().push(upload);
    requests.onNext(
        PushRequest.newBuilder()
            .setStart(PushRequest.Start.newBuilder().setSessionId(id()).setPath(within(path)))
            .build());
    PushResponse answer;
    try (Progress progress = cli.progress("push", tree.bytes())) {
      try {
        tree.writeTar(new Chunks(upload, progress));
        requests.onCompleted();
      } catch (IOException failed) {
        if (!upload.answer.isDone()) {
          requests.onError(Status.CANCELLED.asRuntimeException());
          throw failed;
        }
      }
      answer = upload.await();
    }
    if (cli.printer().json()) {
      cli.printer().document(answer);
    } else {
      cli.printer()
          .out()
          .printf("%d files, %s%n", answer.getFileCount(), Words.bytes(answer.getBytes()));
    }
    return ExitCode.OK.code();
  }

  /** The call: sends only while the transport is ready, so that memory stays bounded. */
  private static final class Upload implements ClientResponseObserver<PushRequest, PushResponse> {
    private final CompletableFuture<PushResponse> answer = new CompletableFuture<>();
    private final Semaphore ready = new Semaphore(0);
    private @Nullable ClientCallStreamObserver<PushRequest> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<PushRequest> started) {
      call = started;
      started.setOnReadyHandler(ready::release);
    }

    void send(PushRequest message) throws IOException {
      var stream = Objects.requireNonNull(call);
      while (!stream.isReady()) {
        if (answer.isDone()) {
          throw new IOException("the push was ended by the other side");
        }
        ready.acquireUninterruptibly();
        ready.drainPermits();
      }
      stream.onNext(message);
    }

    PushResponse await() throws InterruptedException {
      try {
        return answer.get();
      } catch (ExecutionException e) {
        throw Status.fromThrowable(e.getCause())
            .asRuntimeException(Status.trailersFromThrowable(e.getCause()));
      }
    }

    @Override
    public void onNext(PushResponse value) {
      answer.complete(value);
    }

    @Override
    public void onError(Throwable t) {
      answer.completeExceptionally(t);
      ready.release();
    }

    @Override
    public void onCompleted() {
      ready.release();
    }
  }

  /** Cuts what is written into messages of 64 KiB. */
  private static final class Chunks extends OutputStream {
    private static final int SIZE = 64 * 1024;

    private final Upload upload;
    private final Progress progress;
    private byte[] chunk = new byte[SIZE];
    private int filled;

    Chunks(Upload upload, Progress progress) {
      this.upload = upload;
      this.progress = progress;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int from = offset;
      int left = length;
      while (left > 0) {
        int part = Math.min(left, SIZE - filled);
        System.arraycopy(bytes, from, chunk, filled, part);
        filled += part;
        from += part;
        left -= part;
        if (filled == SIZE) {
          flush();
        }
      }
    }

    @Override
    public void flush() throws IOException {
      if (filled > 0) {
        byte[] whole = filled == SIZE ? chunk : Arrays.copyOf(chunk, filled);
        upload.send(
            PushRequest.newBuilder().setData(UnsafeByteOperations.unsafeWrap(whole)).build());
        progress.add(filled);
        chunk = new byte[SIZE];
        filled = 0;
      }
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
