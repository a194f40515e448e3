package dev.berth.executor.exec;

import dev.berth.executor.container.ExecStreams.Stream;
import dev.berth.executor.exec.ExecException.Reason;
import java.io.IOException;
import java.util.Optional;

/** A client at an exec: its inputs, and its output from any offset. */
public final class Attachment {

  private static final int BLOCK = 64 << 10;

  private final ExecOutput output;
  private final Optional<Exec> live;

  Attachment(ExecOutput output, Optional<Exec> live) {
    this.output = output;
    this.live = live;
  }

  /** Takes output. */
  public interface Sink {
    /**
     * @param truncated so many bytes right before {@code offset} are not kept any more
     */
    void data(Stream stream, long offset, byte[] bytes, long truncated) throws IOException;
  }

  /** Gives all output from there on, and returns once it has ended and all of it was given. */
  public void follow(long outFrom, long errFrom, Sink sink)
      throws IOException, InterruptedException {
    long out = outFrom;
    long err = errFrom;
    while (output.awaitMore(out, err)) {
      out = give(Stream.OUT, out, sink);
      err = give(Stream.ERR, err, sink);
    }
  }

  private long give(Stream stream, long from, Sink sink) throws IOException {
    var piece = output.read(stream, from, BLOCK);
    if (piece.bytes().length > 0) {
      sink.data(stream, piece.offset(), piece.bytes(), piece.offset() - from);
      return piece.offset() + piece.bytes().length;
    }
    return from;
  }

  /** Hands bytes on once; waits while the program does not read. */
  public void data(String input, byte[] bytes) throws IOException {
    inputs().data(input, bytes);
  }

  public void close(String input) throws IOException {
    inputs().close(input);
  }

  public void resize(int rows, int columns) throws IOException {
    inputs().resize(rows, columns);
  }

  /**
   * @param name without SIG
   */
  public void signal(String name) throws IOException {
    inputs().signal(name);
  }

  private ExecInputs inputs() throws ExecException {
    return live.orElseThrow(() -> new ExecException(Reason.EXEC_STATE, "It has ended.")).inputs();
  }
}
