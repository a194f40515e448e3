package dev.berth.testing.provider;

import dev.berth.executor.linux.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.IntSupplier;

/** A port of a sandbox's own loopback that leads to a port of this host. */
final class Door implements AutoCloseable {

  /** Where it is inside. */
  static final int PORT = 8080;

  private final ServerSocketChannel inside;
  private final IntSupplier outside;

  /**
   * @param outside the port of the host it leads to, asked for each guest
   */
  Door(long pid, IntSupplier outside) throws IOException {
    this.inside = NetworkNamespace.listen(pid, PORT);
    this.outside = outside;
    Thread.ofVirtual().name("door").start(this::accept);
  }

  private void accept() {
    while (inside.isOpen()) {
      try {
        var guest = inside.accept();
        Thread.ofVirtual().start(() -> lead(guest));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void lead(SocketChannel guest) {
    try (guest;
        var host = new Socket(InetAddress.getLoopbackAddress(), outside.getAsInt())) {
      var back =
          Thread.ofVirtual()
              .start(() -> {
                try (guest;
                    host) {
                  host.getInputStream().transferTo(Channels.newOutputStream(guest));
                } catch (IOException e) {
                  // either side left
                }
              });
      Channels.newInputStream(guest).transferTo(host.getOutputStream());
      back.join();
    } catch (IOException e) {
      // either side left
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      inside.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
