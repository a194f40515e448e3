package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.v1.GetSnapshotRequest;
import dev.berth.v1.GetSnapshotResponse;
import dev.berth.v1.PullSnapshotRequest;
import dev.berth.v1.PullSnapshotResponse;
import dev.berth.v1.SnapshotFinding;
import dev.berth.v1.SnapshotServiceGrpc;
import dev.berth.v1.SnapshotVerification;
import dev.berth.v1.VerifySnapshotRequest;
import dev.berth.v1.VerifySnapshotResponse;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotRestoreTest {
  private static final String SNAPSHOT = "snp_00000000000000000000000000";

  @TempDir Path temp;
  private Path target = Path.of("");

  @BeforeEach
  void choose() {
    target = temp.resolve("target");
  }

  @Test
  void restore_writesFilesLinksAndModes() throws Exception {
    var closed = new TarArchiveEntry("closed/", TarConstants.LF_DIR);
    closed.setMode(0500);
    var tool = file("closed/tool", 5);
    tool.setMode(0751);
    var link = new TarArchiveEntry("link", TarConstants.LF_SYMLINK);
    link.setLinkName("closed/tool");

    try (var shell = new Shell(new Store(tar(closed, tool, link)))) {
      var result = shell.berth("snapshot", "restore", SNAPSHOT, "--to", target.toString());
      assertThat(result.err()).isEmpty();
      assertThat(result.out()).isEqualTo("2 files, 5 B\n");
    }

    assertThat(target.resolve("closed/tool")).hasContent("xxxxx");
    assertThat(mode("closed")).isEqualTo("r-x------");
    assertThat(mode("closed/tool")).isEqualTo("rwxr-x--x");
    assertThat(Files.readSymbolicLink(target.resolve("link"))).hasToString("closed/tool");
  }

  private String mode(String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(target.resolve(path)));
  }

  @Test
  void restore_refusesADirectoryThatIsNotEmpty_unlessForced() throws Exception {
    Files.createDirectories(target);
    Files.writeString(target.resolve("mine"), "mine");
    Files.writeString(target.resolve("file"), "old");
    try (var shell = new Shell(new Store(tar(file("file", 1))))) {
      var refused = shell.berth("snapshot", "restore", SNAPSHOT, "--to", target.toString());
      assertThat(refused.exitCode()).isEqualTo(ExitCode.CONFLICT.code());
      assertThat(refused.err()).contains("is not empty").contains("--force");
      assertThat(target.resolve("file")).hasContent("old");

      shell.berth("snapshot", "restore", SNAPSHOT, "--to", target.toString(), "--force");
    }
    assertThat(target.resolve("file")).hasContent("x");
    assertThat(target.resolve("mine")).hasContent("mine");
  }

  @Test
  void restore_neverFollowsALinkOrLeavesItsDirectory() throws Exception {
    Path outside = Files.createDirectories(temp.resolve("outside"));
    Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("rwx------"));
    var link = new TarArchiveEntry("link", TarConstants.LF_SYMLINK);
    link.setLinkName(outside.toString());
    var through = new TarArchiveEntry("link/", TarConstants.LF_DIR);
    through.setMode(0777);
    for (byte[] archive :
        new byte[][] {
          tar(file("../outside/stolen", 1)), tar(link, file("link/stolen", 1)), tar(link, through)
        }) {
      try (var shell = new Shell(new Store(archive))) {
        var result =
            shell.berth("snapshot", "restore", SNAPSHOT, "--to", target.toString(), "--force");
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.err()).contains("outside");
      }
      assertThat(outside).isEmptyDirectory();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(outside)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void aNameThatIsNotUtf8_isWrittenEscapedAndSaid_andIsKeptInATarFile() throws Exception {
    byte[] archive = tar(file("odd \u00ff", 1));
    Path tar = temp.resolve("all.tar");
    try (var shell = new Shell(new Store(archive))) {
      var result = shell.berth("snapshot", "restore", SNAPSHOT, "--to", target.toString());
      assertThat(result.err()).contains("odd \\xff");
      shell.berth("snapshot", "restore", SNAPSHOT, "--tar", tar.toString());
    }
    assertThat(target.resolve("odd \\xff")).hasContent("x");
    assertThat(tar).hasBinaryContent(archive);
  }

  @Test
  void verify_printsFindings_andEndsWithTheCodeOfLostData() throws Exception {
    try (var shell = new Shell(new Store(new byte[0]))) {
      var result = shell.berth("snapshot", "verify", SNAPSHOT);
      assertThat(result.exitCode()).isEqualTo(ExitCode.DATA_LOSS.code());
      assertThat(result.out())
          .contains("workspace/a: The stored content is missing\n")
          .contains("1 findings; 2 files");
    }
  }

  private static TarArchiveEntry file(String name, int size) {
    var entry = new TarArchiveEntry(name);
    entry.setSize(size);
    return entry;
  }

  private static byte[] tar(TarArchiveEntry... entries) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes, StandardCharsets.ISO_8859_1.name())) {
      for (var entry : entries) {
        tar.putArchiveEntry(entry);
        tar.write("x".repeat((int) entry.getSize()).getBytes(StandardCharsets.US_ASCII));
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static final class Store extends SnapshotServiceGrpc.SnapshotServiceImplBase {
    private final byte[] archive;

    Store(byte[] archive) {
      this.archive = archive;
    }

    @Override
    public void getSnapshot(
        GetSnapshotRequest request, StreamObserver<GetSnapshotResponse> answer) {
      answer.onNext(GetSnapshotResponse.getDefaultInstance());
      answer.onCompleted();
    }

    @Override
    public void pullSnapshot(
        PullSnapshotRequest request, StreamObserver<PullSnapshotResponse> answer) {
      answer.onNext(
          PullSnapshotResponse.newBuilder().setData(ByteString.copyFrom(archive)).build());
      answer.onCompleted();
    }

    @Override
    public void verifySnapshot(
        VerifySnapshotRequest request, StreamObserver<VerifySnapshotResponse> answer) {
      answer.onNext(
          VerifySnapshotResponse.newBuilder()
              .setFinding(
                  SnapshotFinding.newBuilder()
                      .setKind(SnapshotFinding.Kind.KIND_FILE)
                      .setRoot("workspace")
                      .setPath("a")
                      .setMessage("The stored content is missing"))
              .build());
      answer.onNext(
          VerifySnapshotResponse.newBuilder()
              .setResult(SnapshotVerification.newBuilder().setFindings(1).setFilesChecked(2))
              .build());
      answer.onCompleted();
    }
  }
}
