package dev.berth.executor.link;

import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one file operation as streams, with the peer's flow control: writing waits until the
 * peer has room, and a message is asked for only when it is read, so that a slow peer holds a few
 * messages of memory at most. One thread receives at a time.
 */
final class RelayStream {

  private static final int BLOCK = 64 << 10;

  private final BlockingClientCall<RelayRequest, RelayResponse> call;
  private final ReentrantLock turn = new ReentrantLock();

  RelayStream(BlockingClientCall<RelayRequest, RelayResponse> call) {
    this.call = call;
  }

  /** The other side went away: nobody waits for the rest. */
  static final class GoneException extends IOException {
    private static final long serialVersionUID = 1L;

    GoneException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Waits until the peer has room; several threads take turns. */
  void send(RelayRequest message) throws GoneException {
    turn.lock();
    try {
      if (!call.write(message)) {
        throw new GoneException("the relay was closed", null);
      }
    } catch (StatusException e) {
      throw new GoneException("the relay ended: " + e.getStatus().getCode(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GoneException("interrupted", e);
    } finally {
      turn.unlock();
    }
  }

  /** Says that nothing more comes; what the peer sends can still be received. */
  void halfClose() {
    call.halfClose();
  }

  /** Says that nothing more comes, and waits until the control plane has ended the stream. */
  void finish() throws GoneException {
    call.halfClose();
    while (receive() != null) {
      // what was sent before it heard of the end
    }
  }

  void cancel(String why) {
    call.cancel(why, null);
  }

  /** The next message; null once the control plane has ended the stream in order. */
  @Nullable RelayResponse receive() throws GoneException {
    try {
      return call.read();
    } catch (StatusException e) {
      throw new GoneException("the relay ended: " + e.getStatus().getCode(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GoneException("interrupted", e);
    }
  }

  /**
   * What the client sends, up to its end; a stream that ends without one throws {@link
   * GoneException}.
   */
  InputStream input() {
    return new Input();
  }

  /** What the client gets, in messages of 64 KiB; flush sends what waits. */
  OutputStream output() {
    return new Output();
  }

  private final class Input extends InputStream {
    private byte[] block = new byte[0];
    private int at;
    private boolean ended;

    @Override
    public int read() throws IOException {
      return fill() ? block[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int count = Math.min(length, block.length - at);
      System.arraycopy(block, at, target, offset, count);
      at += count;
      return count;
    }

    private boolean fill() throws IOException {
      while (!ended && at == block.length) {
        var message = receive();
        if (message == null) {
          throw new GoneException("the client went away", null);
        }
        if (message.hasEnd()) {
          ended = true;
        } else {
          block = message.getData().toByteArray();
          at = 0;
        }
      }
      return at < block.length;
    }
  }

  private final class Output extends OutputStream {
    private final byte[] block = new byte[BLOCK];
    private int filled;

    @Override
    public void write(int value) throws IOException {
      block[filled++] = (byte) value;
      if (filled == BLOCK) {
        flush();
      }
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      for (int done = 0; done < length; ) {
        int count = Math.min(length - done, BLOCK - filled);
        System.arraycopy(source, offset + done, block, filled, count);
        filled += count;
        done += count;
        if (filled == BLOCK) {
          flush();
        }
      }
    }

    @Override
    public void flush() throws IOException {
      if (filled > 0) {
        send(FileMapper.data(block, 0, filled));
        filled = 0;
      }
    }
  }
}
