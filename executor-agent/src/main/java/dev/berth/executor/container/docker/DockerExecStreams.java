package dev.berth.executor.container.docker;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import dev.berth.executor.container.ExecStreams;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The engine's raw stream of an exec, on a connection of its own: docker-java cannot end a
 * process's standard input. Without a terminal what comes is framed: a byte for the stream, three
 * zeros, four for the length.
 */
final class DockerExecStreams implements ExecStreams {

  private static final int HEADER = 8;
  private static final int ERR = 2;
  private static final int HEAD_LIMIT = 16 << 10;
  private static final int BLOCK = 64 << 10;

  private final String id;
  private final SocketChannel channel;
  private final boolean terminal;
  private final ByteBuffer header = ByteBuffer.allocate(HEADER);
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK);
  private ExecStreams.Stream stream = ExecStreams.Stream.OUT;
  private long left;

  private DockerExecStreams(String id, SocketChannel channel, boolean terminal) {
    this.id = id;
    this.channel = channel;
    this.terminal = terminal;
  }

  /** Starts the exec that was prepared. */
  static DockerExecStreams open(URI host, String id, boolean terminal) {
    @Nullable SocketChannel channel = null;
    try {
      channel = SocketChannel.open(address(host));
      request(channel, id, terminal);
      head(channel);
      return new DockerExecStreams(id, channel, terminal);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new ContainerException(
          Code.ENGINE_UNAVAILABLE,
          "could not start a process in the container: the Docker engine does not answer",
          e);
    } catch (DockerException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  private static SocketAddress address(URI host) {
    return switch (String.valueOf(host.getScheme())) {
      case "unix" -> UnixDomainSocketAddress.of(host.getPath());
      case "tcp", "http" -> new InetSocketAddress(host.getHost(), host.getPort());
      default ->
          throw new ContainerException(
              Code.REFUSED, "interactive processes need an engine at a unix or tcp address");
    };
  }

  private static void request(SocketChannel channel, String id, boolean terminal)
      throws IOException {
    var body = "{\"Detach\":false,\"Tty\":" + terminal + "}";
    var request =
        """
        POST /exec/%s/start HTTP/1.1\r
        Host: docker\r
        Connection: Upgrade\r
        Upgrade: tcp\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        %s\
        """
            .formatted(id, body.length(), body);
    writeFully(channel, ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
  }

  /** Reads the answer's head, byte by byte, since what follows it belongs to the process. */
  private static void head(SocketChannel channel) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      if (head.length() > HEAD_LIMIT) {
        throw new IOException("not an engine's answer");
      }
      head.append(readAscii(channel, 1));
    }
    var status = Integer.parseInt(head.substring("HTTP/1.1 ".length(), "HTTP/1.1 ".length() + 3));
    if (status == 101 || status == 200) {
      return;
    }
    var said = readAscii(channel, HEAD_LIMIT);
    throw switch (status) {
      case 404 -> new NotFoundException(said);
      case 409 -> new ConflictException(said);
      default -> new DockerException(said, status);
    };
  }

  /** At most so many bytes; fewer only at the end of the first that are there. */
  private static String readAscii(SocketChannel channel, int count) throws IOException {
    var bytes = ByteBuffer.allocate(count);
    if (channel.read(bytes) < 0) {
      throw new IOException("the engine closed the connection");
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public boolean read(Sink sink) throws IOException {
    if (!terminal && left == 0 && !nextFrame()) {
      return false;
    }
    block.clear();
    if (!terminal) {
      block.limit((int) Math.min(BLOCK, left));
    }
    int count = channel.read(block);
    if (count < 0) {
      return false;
    }
    left -= terminal ? 0 : count;
    sink.data(stream, block.array(), count);
    return true;
  }

  private boolean nextFrame() throws IOException {
    while (left == 0) {
      header.clear();
      while (header.hasRemaining()) {
        if (channel.read(header) < 0) {
          return false;
        }
      }
      stream = header.get(0) == ERR ? ExecStreams.Stream.ERR : ExecStreams.Stream.OUT;
      left = Integer.toUnsignedLong(header.getInt(4));
    }
    return true;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    writeFully(channel, ByteBuffer.wrap(bytes, offset, length));
  }

  private static void writeFully(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void closeInput() throws IOException {
    if (!terminal) {
      channel.shutdownOutput();
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  private static void closeQuietly(@Nullable SocketChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new ContainerException(Code.ENGINE_UNAVAILABLE, "could not close a connection", e);
      }
    }
  }
}
