package dev.berth.executor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NetworkNamespaceTest {
  private Process sandbox;

  @BeforeEach
  void start() throws Exception {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "a network is entered by root alone");
    sandbox = new ProcessBuilder("unshare", "--net", "sleep", "60").start();
    var ours = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    await()
        .until(() ->
            !Files.readSymbolicLink(Path.of("/proc/" + sandbox.pid() + "/ns/net")).equals(ours));
  }

  @AfterEach
  void stop() throws Exception {
    if (sandbox != null) {
      sandbox.destroyForcibly().waitFor();
    }
  }

  @Test
  void aPortIsOpen_inTheNetworkOfThatProcess_andNotInOurs() throws Exception {
    try (var listener = NetworkNamespace.listen(sandbox.pid(), 0)) {
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      var open = "0100007F:%04X".formatted(port);
      assertThat(tcp(sandbox.pid())).anyMatch(line -> line.contains(open));
      assertThat(tcp(ProcessHandle.current().pid())).noneMatch(line -> line.contains(open));
      assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void whoListens_staysInItsOwnNetwork() throws Exception {
    var before = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
    NetworkNamespace.listen(sandbox.pid(), 0).close();
    assertThat(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"))).isEqualTo(before);
  }

  @Test
  void aProcessThatIsGone_isSaidToBe() throws Exception {
    sandbox.destroyForcibly().waitFor();
    assertThatThrownBy(() -> NetworkNamespace.listen(sandbox.pid(), 0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(Long.toString(sandbox.pid()));
  }

  private static List<String> tcp(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/net/tcp"));
  }
}
