package dev.berth.controlplane.snapshot;

import com.google.protobuf.ByteString;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.controlplane.snapshot.content.TreeDiff;
import dev.berth.controlplane.snapshot.content.Verification;
import dev.berth.v1.DiffSnapshotsRequest;
import dev.berth.v1.DiffSnapshotsResponse;
import dev.berth.v1.PullSnapshotRequest;
import dev.berth.v1.PullSnapshotResponse;
import dev.berth.v1.ReadSnapshotFileRequest;
import dev.berth.v1.ReadSnapshotFileResponse;
import dev.berth.v1.VerifySnapshotRequest;
import dev.berth.v1.VerifySnapshotResponse;
import jakarta.inject.Singleton;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Function;

/** The streamed answers about what is in snapshots. A slow reader is waited for. */
@Singleton
class SnapshotContentStream {
  private static final int CHUNK = 64 << 10;
  private static final int CHANGES_PER_MESSAGE = 100;
  private static final int BYTES_PER_MESSAGE = 1 << 20;
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final SnapshotContents contents;

  SnapshotContentStream(SnapshotContents contents) {
    this.contents = contents;
  }

  void read(
      ProjectId project,
      ReadSnapshotFileRequest request,
      ResponseStream<ReadSnapshotFileResponse> answers) {
    contents.read(
        SnapshotContentProtoMapper.place(project, request.getSnapshotId(), request.getAt()),
        request.getOffset(),
        request.getLength(),
        entry ->
            answers.send(
                ReadSnapshotFileResponse.newBuilder()
                    .setFile(SnapshotContentProtoMapper.file(entry))
                    .build()),
        new Chunks<>(answers, data -> ReadSnapshotFileResponse.newBuilder().setData(data).build()));
  }

  void pull(
      ProjectId project,
      PullSnapshotRequest request,
      ResponseStream<PullSnapshotResponse> answers) {
    contents.pull(
        SnapshotContentProtoMapper.place(project, request.getSnapshotId(), request.getAt()),
        new Chunks<>(answers, data -> PullSnapshotResponse.newBuilder().setData(data).build()));
  }

  void diff(
      ProjectId project,
      DiffSnapshotsRequest request,
      ResponseStream<DiffSnapshotsResponse> answers)
      throws InterruptedException {
    SnapshotId base =
        request.getBaseSnapshotId().isEmpty()
            ? null
            : Fields.id("base_snapshot_id", request.getBaseSnapshotId(), SnapshotId::parse);
    var batch = new Batch(answers);
    contents.diff(
        base,
        SnapshotContentProtoMapper.place(project, request.getSnapshotId(), request.getAt()),
        batch);
    batch.send();
  }

  void verify(
      ProjectId project,
      VerifySnapshotRequest request,
      ResponseStream<VerifySnapshotResponse> answers)
      throws InterruptedException {
    var result =
        contents.verify(
            project,
            Fields.id("snapshot_id", request.getSnapshotId(), SnapshotId::parse),
            new Verification.Listener() {
              @Override
              public void progress(Verification.Progress progress) throws InterruptedException {
                write(
                    answers,
                    VerifySnapshotResponse.newBuilder()
                        .setProgress(SnapshotContentProtoMapper.verification(progress))
                        .build());
              }

              @Override
              public void finding(Verification.Finding finding) throws InterruptedException {
                write(
                    answers,
                    VerifySnapshotResponse.newBuilder()
                        .setFinding(SnapshotContentProtoMapper.finding(finding))
                        .build());
              }
            });
    write(
        answers,
        VerifySnapshotResponse.newBuilder()
            .setResult(SnapshotContentProtoMapper.verification(result))
            .build());
  }

  private static <T> void write(ResponseStream<T> answers, T message) throws InterruptedException {
    boolean ready = false;
    while (!ready) {
      ready = answers.awaitReady(LOOK);
    }
    answers.send(message);
  }

  /** Collects changes into messages of some size. */
  private static final class Batch implements SnapshotContents.Changes {
    private final ResponseStream<DiffSnapshotsResponse> answers;
    private DiffSnapshotsResponse.Builder next = DiffSnapshotsResponse.newBuilder();
    private int bytes;

    Batch(ResponseStream<DiffSnapshotsResponse> answers) {
      this.answers = answers;
    }

    @Override
    public void take(TreeDiff.Change change) throws InterruptedException {
      var message = SnapshotContentProtoMapper.change(change);
      next.addChanges(message);
      bytes += message.getSerializedSize();
      if (next.getChangesCount() == CHANGES_PER_MESSAGE || bytes >= BYTES_PER_MESSAGE) {
        send();
      }
    }

    void send() throws InterruptedException {
      if (next.getChangesCount() > 0) {
        write(answers, next.build());
        next = DiffSnapshotsResponse.newBuilder();
        bytes = 0;
      }
    }
  }

  /** Cuts bytes into messages. Closing it sends the last. */
  private static final class Chunks<T> extends OutputStream {
    private final ResponseStream<T> answers;
    private final Function<ByteString, T> message;
    private final byte[] chunk = new byte[CHUNK];
    private int filled;

    Chunks(ResponseStream<T> answers, Function<ByteString, T> message) {
      this.answers = answers;
      this.message = message;
    }

    @Override
    public void write(int b) throws InterruptedIOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws InterruptedIOException {
      int done = 0;
      while (done < length) {
        int part = Math.min(length - done, CHUNK - filled);
        System.arraycopy(bytes, offset + done, chunk, filled, part);
        filled += part;
        done += part;
        if (filled == CHUNK) {
          send();
        }
      }
    }

    private void send() throws InterruptedIOException {
      try {
        SnapshotContentStream.write(answers, message.apply(ByteString.copyFrom(chunk, 0, filled)));
        filled = 0;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
    }

    @Override
    public void close() throws InterruptedIOException {
      if (filled > 0) {
        send();
      }
    }
  }
}
