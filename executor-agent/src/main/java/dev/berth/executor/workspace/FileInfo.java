package dev.berth.executor.workspace;

import dev.berth.executor.linux.FileType;
import dev.berth.executor.linux.RelativePath;
import dev.berth.format.Bytes;
import java.util.Optional;

/**
 * What stands at a path of a workspace.
 *
 * @param size in bytes; 0 for what is not a file
 * @param mode the nine permission bits
 * @param linkTarget only of a link, as it stands there
 */
public record FileInfo(
    RelativePath path,
    FileType type,
    long size,
    int mode,
    long mtimeSeconds,
    int mtimeNanos,
    Optional<Bytes> linkTarget) {

  /**
   * A page of a directory.
   *
   * @param more whether others follow behind the last
   */
  public record Listing(java.util.List<FileInfo> files, boolean more) {}

  /** What a transfer moved. */
  public record Moved(long files, long bytes) {}

  /** Takes a file's content. */
  public interface Sink {
    /** First, once. */
    void begin(FileInfo file) throws java.io.IOException;

    /** At most 64 KiB; the array is used again. */
    void data(byte[] bytes, int length) throws java.io.IOException;
  }
}
