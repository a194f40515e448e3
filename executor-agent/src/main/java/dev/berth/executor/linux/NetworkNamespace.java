package dev.berth.executor.linux;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The network of a sandbox, entered from the host. A socket belongs to the network it was made in,
 * whoever uses it then: so the agent can listen on the loopback of a sandbox that has no other
 * network, and nothing else is there to be reached or to be closed off. Needs root.
 */
public final class NetworkNamespace {

  private static final long CLONE_NEWNET = 0x40000000L;

  private NetworkNamespace() {}

  /**
   * Listens on 127.0.0.1 as the process of the host with that id sees it. The socket is gone with
   * the agent, and hears nothing any more once the sandbox's last process has ended.
   *
   * @param port 0 for any that is free there
   * @throws IOException if there is no such process, the agent may not enter, or the port is taken
   */
  public static ServerSocketChannel listen(long pid, int port) throws IOException {
    var result = new CompletableFuture<ServerSocketChannel>();
    // A thread of its own, which ends in that network; never one that others will run on.
    Thread.ofPlatform()
        .daemon()
        .name("network-of-" + pid)
        .start(() -> {
          try {
            enter(pid);
            result.complete(bound(port));
          } catch (IOException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    try {
      return result.join();
    } catch (CompletionException e) {
      throw new IOException("cannot listen in the network of process " + pid, e.getCause());
    }
  }

  private static void enter(long pid) throws ErrnoException {
    var path = "/proc/" + pid + "/ns/net";
    try (Scratch s = Scratch.take()) {
      var bytes = path.getBytes(StandardCharsets.US_ASCII);
      var fd =
          Kernel.check(
              Kernel.call(
                  s,
                  Syscall.OPENAT,
                  Kernel.AT_FDCWD,
                  Scratch.string(s.path, bytes),
                  Kernel.O_CLOEXEC,
                  0,
                  0),
              Syscall.OPENAT,
              path);
      try {
        Kernel.check(Kernel.call(s, Syscall.SETNS, fd, CLONE_NEWNET, 0, 0, 0), Syscall.SETNS, path);
      } finally {
        Kernel.call(s, Syscall.CLOSE, fd, 0, 0, 0, 0);
      }
    }
  }

  private static ServerSocketChannel bound(int port) throws IOException {
    var channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
    try {
      return channel.bind(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }
}
