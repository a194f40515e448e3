package dev.berth.testing.system;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.Client;
import dev.berth.v1.FileInfo;
import dev.berth.v1.ListFilesRequest;
import dev.berth.v1.PullRequest;
import dev.berth.v1.PushRequest;
import dev.berth.v1.PushResponse;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.WorkspaceServiceGrpc;
import dev.berth.v1.WriteFileRequest;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A session's files, through one control plane. */
record Workspace(Client client, String sessionId) {
  private static final int PART_BYTES = 64 * 1024;

  void write(String path, String text) {
    client
        .workspaces()
        .writeFile(
            WriteFileRequest.newBuilder()
                .setSessionId(sessionId)
                .setPath(path)
                .setData(ByteString.copyFromUtf8(text))
                .build());
  }

  String read(String path) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    client
        .workspaces()
        .readFile(ReadFileRequest.newBuilder().setSessionId(sessionId).setPath(path).build())
        .forEachRemaining(part -> bytes.writeBytes(part.getData().toByteArray()));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  FileInfo stat(String path) {
    return client
        .workspaces()
        .statFile(StatFileRequest.newBuilder().setSessionId(sessionId).setPath(path).build())
        .getFile();
  }

  List<String> list(String path) {
    return client
        .workspaces()
        .listFiles(ListFilesRequest.newBuilder().setSessionId(sessionId).setPath(path).build())
        .getFilesList()
        .stream()
        .map(FileInfo::getPath)
        .toList();
  }

  /** Sends a tar file as fast as it is taken. */
  CompletableFuture<PushResponse> push(String path, Path tar) {
    CompletableFuture<PushResponse> answer = new CompletableFuture<>();
    WorkspaceServiceGrpc.newStub(client.channel()).push(pusher(path, tar, answer));
    return answer;
  }

  /** Writes what was pulled to a tar file. */
  void pull(String path, Path tar) throws IOException {
    var request = PullRequest.newBuilder().setSessionId(sessionId).setPath(path).build();
    try (var out = Files.newOutputStream(tar)) {
      var parts = client.workspaces().pull(request);
      while (parts.hasNext()) {
        parts.next().getData().writeTo(out);
      }
    }
  }

  private ClientResponseObserver<PushRequest, PushResponse> pusher(
      String path, Path tar, CompletableFuture<PushResponse> answer) {
    return new ClientResponseObserver<>() {
      @Override
      public void beforeStart(ClientCallStreamObserver<PushRequest> stream) {
        InputStream in = open(tar);
        stream.setOnReadyHandler(() -> send(stream, in));
        var start = PushRequest.Start.newBuilder().setSessionId(sessionId).setPath(path);
        first = PushRequest.newBuilder().setStart(start).build();
      }

      private PushRequest first = PushRequest.getDefaultInstance();
      private boolean begun;
      private boolean done;

      private void send(ClientCallStreamObserver<PushRequest> stream, InputStream in) {
        if (!begun) {
          begun = true;
          stream.onNext(first);
        }
        try {
          while (!done && stream.isReady()) {
            byte[] part = in.readNBytes(PART_BYTES);
            done = part.length == 0;
            if (done) {
              in.close();
              stream.onCompleted();
            } else {
              stream.onNext(PushRequest.newBuilder().setData(ByteString.copyFrom(part)).build());
            }
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void onNext(PushResponse response) {
        answer.complete(response);
      }

      @Override
      public void onError(Throwable error) {
        answer.completeExceptionally(error);
      }

      @Override
      public void onCompleted() {}
    };
  }

  private static InputStream open(Path file) {
    try {
      return Files.newInputStream(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
