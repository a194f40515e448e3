package dev.berth.executor.container;

import java.io.IOException;

/**
 * The connection to a process that was started with one. Where it is closed before the process has
 * ended, the process goes on with nobody to read it. One thread reads, one writes; closing is for
 * any.
 */
public interface ExecStreams extends AutoCloseable {

  /** What a process printed, or with a terminal, what stands on it. */
  enum Stream {
    OUT,
    ERR
  }

  /** Takes what was read; the array is used again. */
  interface Sink {
    void data(Stream stream, byte[] bytes, int length) throws IOException;
  }

  /** The engine's id of the process. */
  String id();

  /**
   * Reads once; waits where there is nothing. False at the end: nothing holds the process's output
   * open any more.
   */
  boolean read(Sink sink) throws IOException;

  /** Waits where the process does not read. */
  void write(byte[] bytes, int offset, int length) throws IOException;

  /** The end of the process's standard input; with a terminal this does nothing. */
  void closeInput() throws IOException;

  @Override
  void close();
}
