package dev.berth.executor.link;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.berth.executor.linux.FileType;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.workspace.FileInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What stands in a workspace, to the wire. */
final class FileMapper {

  private FileMapper() {}

  static RelayRequest files(List<FileInfo> files, boolean more) {
    var message = RelayRequest.Files.newBuilder().setMore(more);
    files.forEach(file -> message.addFiles(message(file)));
    return RelayRequest.newBuilder().setFiles(message).build();
  }

  static RelayRequest data(byte[] bytes, int offset, int length) {
    return RelayRequest.newBuilder().setData(ByteString.copyFrom(bytes, offset, length)).build();
  }

  static RelayRequest done(long files, long bytes) {
    return RelayRequest.newBuilder()
        .setDone(RelayRequest.Done.newBuilder().setFileCount(files).setBytes(bytes))
        .build();
  }

  private static dev.berth.v1.FileInfo message(FileInfo file) {
    var path = file.path().toBytes();
    var message =
        dev.berth.v1.FileInfo.newBuilder()
            .setPath(text(path))
            .setRawPath(ByteString.copyFrom(path))
            .setType(type(file.type()))
            .setSize(file.size())
            .setMode(file.mode())
            .setModifyTime(
                Timestamp.newBuilder().setSeconds(file.mtimeSeconds()).setNanos(file.mtimeNanos()));
    file.linkTarget().ifPresent(target -> message.setLinkTarget(text(target.toArray())));
    return message.build();
  }

  /** What is not UTF-8 becomes U+FFFD. */
  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static dev.berth.v1.FileInfo.Type type(FileType type) {
    return switch (type) {
      case REGULAR -> dev.berth.v1.FileInfo.Type.TYPE_FILE;
      case DIRECTORY -> dev.berth.v1.FileInfo.Type.TYPE_DIRECTORY;
      case SYMLINK -> dev.berth.v1.FileInfo.Type.TYPE_SYMLINK;
      case FIFO, SPECIAL, UNKNOWN -> dev.berth.v1.FileInfo.Type.TYPE_OTHER;
    };
  }
}
