package dev.berth.controlplane.workspace;

import com.google.protobuf.ByteString;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.relay.RelayOperation;
import dev.berth.executor.v1.FileOperation;
import dev.berth.v1.DeleteFileRequest;
import dev.berth.v1.FileInfo;
import dev.berth.v1.ListFilesRequest;
import dev.berth.v1.MakeDirectoryRequest;
import dev.berth.v1.MoveFileRequest;
import dev.berth.v1.PullRequest;
import dev.berth.v1.PushRequest;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.SetFileModeRequest;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.WriteFileRequest;
import dev.berth.v1.WriteFileStreamRequest;

/** From requests about files to what an executor is told. Paths are checked here. */
final class WorkspaceProtoMapper {

  private static final int DEFAULT_MODE = 0644;

  private WorkspaceProtoMapper() {}

  static RelayOperation list(ListFilesRequest request, int limit, ByteString afterName) {
    return reading(
        FileOperation.newBuilder()
            .setList(
                FileOperation.List.newBuilder()
                    .setPath(path(request.getPath()))
                    .setLimit(limit)
                    .setAfterName(afterName)));
  }

  static RelayOperation stat(StatFileRequest request) {
    return reading(
        FileOperation.newBuilder()
            .setStat(FileOperation.Stat.newBuilder().setPath(path(request.getPath()))));
  }

  static RelayOperation read(ReadFileRequest request) {
    return reading(
        FileOperation.newBuilder()
            .setRead(
                FileOperation.Read.newBuilder()
                    .setPath(named(request.getPath()))
                    .setOffset(request.getOffset())
                    .setLength(request.getLength())));
  }

  static RelayOperation write(WriteFileRequest request) {
    return write(
        "",
        WriteFileStreamRequest.Start.newBuilder()
            .setPath(request.getPath())
            .setMode(request.getMode())
            .setCreateOnly(request.getCreateOnly())
            .setPlacement(request.getPlacement())
            .setOffset(request.getOffset())
            .build());
  }

  static RelayOperation write(WriteFileStreamRequest.Start start) {
    return write("start.", start);
  }

  private static RelayOperation write(String field, WriteFileStreamRequest.Start start) {
    String path = named(field + "path", start.getPath());
    int mode = start.getMode() == 0 ? DEFAULT_MODE : start.getMode();
    boolean at = start.getPlacement() == WriteFileRequest.Placement.PLACEMENT_OFFSET;
    if (start.getOffset() != 0 && !at) {
      throw CommonErrors.fieldInvalid(field + "offset", "goes with PLACEMENT_OFFSET only");
    }
    if (start.getPlacement() == WriteFileRequest.Placement.PLACEMENT_UNSPECIFIED) {
      return writing(
          FileOperation.newBuilder()
              .setWrite(
                  FileOperation.Write.newBuilder()
                      .setPath(path)
                      .setMode(mode)
                      .setCreateOnly(start.getCreateOnly())));
    }
    if (start.getCreateOnly()) {
      throw CommonErrors.fieldInvalid(field + "create_only", "goes with no placement");
    }
    var into = FileOperation.WriteInto.newBuilder().setPath(path).setMode(mode);
    return writing(
        FileOperation.newBuilder().setWriteInto(at ? into.setOffset(start.getOffset()) : into));
  }

  static RelayOperation move(MoveFileRequest request) {
    return writing(
        FileOperation.newBuilder()
            .setMove(
                FileOperation.Move.newBuilder()
                    .setFrom(named("from", request.getFrom()))
                    .setTo(named("to", request.getTo()))
                    .setOverwrite(request.getOverwrite())));
  }

  static RelayOperation makeDirectory(MakeDirectoryRequest request) {
    return writing(
        FileOperation.newBuilder()
            .setMakeDirectory(
                FileOperation.MakeDirectory.newBuilder().setPath(named(request.getPath()))));
  }

  static RelayOperation setMode(SetFileModeRequest request) {
    return writing(
        FileOperation.newBuilder()
            .setSetMode(
                FileOperation.SetMode.newBuilder()
                    .setPath(named(request.getPath()))
                    .setMode(request.getMode())));
  }

  static RelayOperation delete(DeleteFileRequest request) {
    return writing(
        FileOperation.newBuilder()
            .setDelete(
                FileOperation.Delete.newBuilder()
                    .setPath(named(request.getPath()))
                    .setRecursive(request.getRecursive())));
  }

  static RelayOperation push(PushRequest.Start start) {
    return writing(
        FileOperation.newBuilder()
            .setPush(FileOperation.Push.newBuilder().setPath(path("start.path", start.getPath()))));
  }

  static RelayOperation pull(PullRequest request) {
    return reading(
        FileOperation.newBuilder()
            .setPull(FileOperation.Pull.newBuilder().setPath(path(request.getPath()))));
  }

  static RelayOperation export() {
    return reading(FileOperation.newBuilder().setExport(FileOperation.Export.getDefaultInstance()));
  }

  /** The bytes of a file's own name, by which a directory is ordered. */
  static ByteString name(FileInfo file) {
    ByteString path = file.getRawPath().isEmpty() ? file.getPathBytes() : file.getRawPath();
    for (int at = path.size() - 1; at >= 0; at--) {
      if (path.byteAt(at) == '/') {
        return path.substring(at + 1);
      }
    }
    return path;
  }

  private static RelayOperation reading(FileOperation.Builder operation) {
    return new RelayOperation(operation.build(), false);
  }

  private static RelayOperation writing(FileOperation.Builder operation) {
    return new RelayOperation(operation.build(), true);
  }

  private static String path(String path) {
    return path("path", path);
  }

  private static String path(String field, String path) {
    String problem = WorkspacePath.problem(path).orElse(null);
    if (problem != null) {
      throw WorkspaceErrors.path(field, problem);
    }
    return path;
  }

  private static String named(String path) {
    return named("path", path);
  }

  /** A path that must not be the workspace itself. */
  private static String named(String field, String path) {
    if (path.isEmpty()) {
      throw WorkspaceErrors.path(field, "must name something in the workspace");
    }
    return path(field, path);
  }
}
