package dev.berth.controlplane.platform.embedded;

import dev.berth.controlplane.platform.config.InstallationConfig;
import dev.berth.controlplane.platform.config.PrivateFiles;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;

/**
 * What the embedded servers keep under the home directory: their data, and {@code
 * embedded.properties} (0600) with ports and passwords, made at random at the first start. One
 * process at a time holds a home: a second one is refused, as it would take the first one's
 * database for an orphan.
 */
@Singleton
public final class EmbeddedHome {
  private static final int SECRET_BYTES = 32;

  private final Path directory;
  private final Path file;
  private final Properties settings = new Properties();
  private final FileChannel lock;

  EmbeddedHome(InstallationConfig config) {
    this.directory = PrivateFiles.directory(config.homeDirectory());
    this.file = directory.resolve("embedded.properties");
    this.lock = lock(directory);
    String text = PrivateFiles.read(file).orElse("");
    try {
      settings.load(new StringReader(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @PreDestroy
  void close() throws IOException {
    lock.close();
  }

  public Path directory(String name) {
    return PrivateFiles.directory(directory.resolve(name));
  }

  /** A secret by that name, the same at each start. */
  synchronized String secret(String name) {
    String secret = settings.getProperty(name);
    if (secret == null) {
      byte[] random = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(random);
      secret = HexFormat.of().formatHex(random);
      keep(name, secret);
    }
    return secret;
  }

  /** A free port on loopback, the one of the last start where that is still free. */
  synchronized int port(String name) {
    int kept = Integer.parseInt(settings.getProperty(name, "0"));
    int port = free(kept);
    if (port != kept) {
      keep(name, Integer.toString(port));
    }
    return port;
  }

  private static int free(int wanted) {
    try (ServerSocket socket = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      if (wanted == 0) {
        throw new UncheckedIOException("no free port on loopback", e);
      }
      return free(0);
    }
  }

  private void keep(String name, String value) {
    settings.setProperty(name, value);
    StringBuilder text = new StringBuilder("# Written by the control plane. Holds passwords.\n");
    settings.stringPropertyNames().stream()
        .sorted()
        .forEach(
            key -> text.append(key).append('=').append(settings.getProperty(key)).append('\n'));
    PrivateFiles.write(file, text.toString());
  }

  private static FileChannel lock(Path directory) {
    try {
      FileChannel channel =
          FileChannel.open(
              directory.resolve("control-plane.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      boolean mine = false;
      try {
        mine = channel.tryLock() != null;
      } catch (OverlappingFileLockException e) {
        mine = false;
      }
      if (!mine) {
        channel.close();
        throw new IllegalStateException(
            "another control plane runs with the embedded database in "
                + directory
                + "; stop it, or set BERTH_HOME to another directory");
      }
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + directory, e);
    }
  }
}
