package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.v1.FileInfo;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.ReadFileResponse;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.StatFileResponse;
import dev.berth.v1.WorkspaceServiceGrpc;
import dev.berth.v1.WriteFileStreamRequest;
import dev.berth.v1.WriteFileStreamResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyCommandTest {
  private static final String SESSION = "ses_00000000000000000000000000";

  @TempDir Path directory;
  private final Held files = new Held();
  @AutoClose private final Shell shell;

  CopyCommandTest() throws IOException {
    shell = new Shell(files);
  }

  @BeforeEach
  void local() throws IOException {
    Files.writeString(directory.resolve("tool"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        directory.resolve("tool"), PosixFilePermissions.fromString("rwxr-x---"));
  }

  private int cp(String from, String to) {
    return shell.berth("cp", from, to).exitCode();
  }

  @Test
  void aFile_goesToThePathOrIntoTheDirectory_withItsMode() {
    String tool = directory.resolve("tool").toString();
    assertThat(cp(tool, SESSION + ":new")).isZero();
    assertThat(cp(tool, SESSION + ":bin")).isZero();
    assertThat(cp(tool, SESSION + ":/workspace/")).isZero();

    assertThat(files.content)
        .containsOnlyKeys("new", "bin/tool", "tool")
        .containsEntry("bin/tool", ByteString.copyFromUtf8("#!/bin/sh\n"));
    assertThat(files.modes.values()).containsOnly(0750);
  }

  @Test
  void aFile_comesBackWithItsMode_alsoIntoADirectory_andToStandardOutput() throws IOException {
    assertThat(cp(directory.resolve("tool").toString(), SESSION + ":tool")).isZero();
    assertThat(cp(SESSION + ":tool", directory.resolve("back").toString())).isZero();
    Path into = Files.createDirectory(directory.resolve("into"));
    assertThat(cp(SESSION + ":tool", into.toString())).isZero();

    assertThat(directory.resolve("back")).hasContent("#!/bin/sh\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(into.resolve("tool"))))
        .isEqualTo("rwxr-x---");
    assertThat(shell.berth("cp", SESSION + ":tool", "-").out()).isEqualTo("#!/bin/sh\n");
  }

  @Test
  void aFileThatIsNotThere_leavesNothingHere() {
    assertThat(cp(SESSION + ":none", directory.resolve("back").toString()))
        .isEqualTo(ExitCode.NOT_FOUND.code());
    assertThat(directory.toFile().list()).containsExactly("tool");
  }

  @Test
  void betweenTwoLocalPaths_isRefused() {
    assertThat(cp("a", "b")).isEqualTo(ExitCode.USAGE.code());
    assertThat(cp("./a:b", "c")).isEqualTo(ExitCode.USAGE.code());
  }

  /** A workspace with the directory {@code bin}. */
  private static final class Held extends WorkspaceServiceGrpc.WorkspaceServiceImplBase {
    private final Map<String, ByteString> content = new HashMap<>();
    private final Map<String, Integer> modes = new HashMap<>();

    @Override
    public StreamObserver<WriteFileStreamRequest> writeFileStream(
        StreamObserver<WriteFileStreamResponse> answer) {
      return new StreamObserver<>() {
        private String path = "";

        @Override
        public void onNext(WriteFileStreamRequest message) {
          if (message.hasStart()) {
            path = message.getStart().getPath();
            modes.put(path, message.getStart().getMode());
            content.put(path, ByteString.EMPTY);
          }
          content.merge(path, message.getData(), ByteString::concat);
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {
          answer.onNext(WriteFileStreamResponse.getDefaultInstance());
          answer.onCompleted();
        }
      };
    }

    @Override
    public void statFile(StatFileRequest request, StreamObserver<StatFileResponse> answer) {
      var file = FileInfo.newBuilder().setPath(request.getPath());
      if (request.getPath().equals("bin")) {
        file.setType(FileInfo.Type.TYPE_DIRECTORY);
      } else if (content.containsKey(request.getPath())) {
        file.setType(FileInfo.Type.TYPE_FILE).setMode(modes.getOrDefault(request.getPath(), 0));
      } else {
        answer.onError(Status.NOT_FOUND.asRuntimeException());
        return;
      }
      answer.onNext(StatFileResponse.newBuilder().setFile(file).build());
      answer.onCompleted();
    }

    @Override
    public void readFile(ReadFileRequest request, StreamObserver<ReadFileResponse> answer) {
      var data = content.getOrDefault(request.getPath(), ByteString.EMPTY);
      answer.onNext(ReadFileResponse.newBuilder().setData(data).build());
      answer.onCompleted();
    }
  }
}
