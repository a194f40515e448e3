package dev.berth.executor.workspace;

/**
 * Hears how far a sync or restore is. Called from many threads, often; must be fast and not throw.
 */
public interface Progress {
  Progress NONE = (filesDone, filesTotal, bytesDone, bytesTotal) -> {};

  /**
   * @param filesTotal −1 as long as unknown
   * @param bytesTotal of file contents; −1 as long as unknown
   */
  void at(long filesDone, long filesTotal, long bytesDone, long bytesTotal);
}
