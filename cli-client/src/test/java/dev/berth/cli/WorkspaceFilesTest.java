package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.v1.PullRequest;
import dev.berth.v1.PullResponse;
import dev.berth.v1.PushRequest;
import dev.berth.v1.PushResponse;
import dev.berth.v1.WorkspaceServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkspaceFilesTest {
  private static final String SESSION = "ses_00000000000000000000000000";

  @TempDir Path directory;

  @Test
  void whatIsPushed_comesBackTheSame() throws Exception {
    Path tree = directory.resolve("tree");
    Files.createDirectories(tree.resolve("deep/er"));
    byte[] large = new byte[300_000];
    new Random(7).nextBytes(large);
    Files.write(tree.resolve("deep/er/large"), large);
    Files.writeString(tree.resolve("ümläut und Raum"), "text");
    Files.writeString(tree.resolve("tool"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        tree.resolve("tool"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.createSymbolicLink(tree.resolve("link"), Path.of("deep/er/large"));
    Files.createDirectories(tree.resolve("target/classes"));
    Files.writeString(tree.resolve("target/classes/left-out"), "");
    Path back = directory.resolve("back");

    try (var shell = new Shell(new Store())) {
      assertThat(
              shell
                  .berth("workspace", "push", SESSION, tree.toString(), "--exclude", "target")
                  .exitCode())
          .isZero();
      assertThat(shell.berth("workspace", "pull", SESSION, "", back.toString()).exitCode())
          .isZero();
    }

    assertThat(back.resolve("deep/er/large")).hasBinaryContent(large);
    assertThat(back.resolve("ümläut und Raum")).hasContent("text");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(back.resolve("tool"))))
        .isEqualTo("rwxr-x--x");
    assertThat(Files.readSymbolicLink(back.resolve("link"))).isEqualTo(Path.of("deep/er/large"));
    assertThat(back.resolve("target")).doesNotExist();
  }

  @Test
  void pull_neverLeavesItsDirectory() throws Exception {
    Path target = directory.resolve("target");
    for (byte[] archive : new byte[][] {climbing(), throughALink(directory), absolute(directory)}) {
      try (var shell = new Shell(new Store(archive))) {
        var result = shell.berth("workspace", "pull", SESSION, "", target.toString());
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.err()).contains("outside");
      }
      assertThat(directory.resolve("stolen")).doesNotExist();
    }
  }

  @Test
  void push_thatIsRefused_saysWhy() throws Exception {
    Path tree = Files.createDirectories(directory.resolve("big"));
    Files.write(tree.resolve("file"), new byte[50_000_000]);
    try (var shell = new Shell(new Full())) {
      var result = shell.berth("workspace", "push", SESSION, tree.toString());
      assertThat(result.exitCode()).isEqualTo(ExitCode.EXHAUSTED.code());
      assertThat(result.err()).startsWith("berth: The disk is full.");
    }
  }

  private static byte[] climbing() throws IOException {
    return tar(file("../stolen"));
  }

  private static byte[] absolute(Path directory) throws IOException {
    var entry = new TarArchiveEntry(directory.resolve("stolen").toString(), true);
    entry.setSize(1);
    return tar(entry);
  }

  private static byte[] throughALink(Path directory) throws IOException {
    var link = new TarArchiveEntry("link", TarConstants.LF_SYMLINK);
    link.setLinkName(directory.toString());
    return tar(link, file("link/stolen"));
  }

  private static TarArchiveEntry file(String name) {
    var entry = new TarArchiveEntry(name);
    entry.setSize(1);
    return entry;
  }

  private static byte[] tar(TarArchiveEntry... entries) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      for (var entry : entries) {
        tar.putArchiveEntry(entry);
        if (entry.getSize() == 1) {
          tar.write('x');
        }
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** Keeps the tar stream that was pushed and answers it. */
  private static final class Store extends WorkspaceServiceGrpc.WorkspaceServiceImplBase {
    private final ByteArrayOutputStream archive = new ByteArrayOutputStream();

    Store(byte... archive) throws IOException {
      this.archive.write(archive);
    }

    @Override
    public StreamObserver<PushRequest> push(StreamObserver<PushResponse> answer) {
      return new StreamObserver<>() {
        @Override
        public void onNext(PushRequest message) {
          archive.writeBytes(message.getData().toByteArray());
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {
          answer.onNext(PushResponse.getDefaultInstance());
          answer.onCompleted();
        }
      };
    }

    @Override
    public void pull(PullRequest request, StreamObserver<PullResponse> answer) {
      ByteString all = ByteString.copyFrom(archive.toByteArray());
      for (int from = 0; from < all.size(); from += 10_000) {
        var part = all.substring(from, Math.min(all.size(), from + 10_000));
        answer.onNext(PullResponse.newBuilder().setData(part).build());
      }
      answer.onCompleted();
    }
  }

  /** Refuses a push once it has come to some bytes. */
  private static final class Full extends WorkspaceServiceGrpc.WorkspaceServiceImplBase {
    @Override
    public StreamObserver<PushRequest> push(StreamObserver<PushResponse> answer) {
      return new StreamObserver<>() {
        private boolean refused;

        @Override
        public void onNext(PushRequest message) {
          if (!message.getData().isEmpty() && !refused) {
            refused = true;
            answer.onError(
                Status.RESOURCE_EXHAUSTED
                    .withDescription("The disk is full.")
                    .asRuntimeException());
          }
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {}
      };
    }
  }
}
