package dev.berth.testing.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** A real S3 server in this process, reached only through a {@link FaultProxy}. */
public final class FaultyStore implements AutoCloseable {
  private static final String ACCESS_KEY = "access";
  private static final String SECRET_KEY = "secretsecret";

  private final Path directory;
  private final S3Proxy server;
  private final FaultProxy proxy;

  public FaultyStore() {
    try {
      directory = Files.createTempDirectory("berth-store-");
      server =
          S3Proxy.builder()
              .blobStore(new FilesystemNio2BlobStore(directory.toString()))
              .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY, SECRET_KEY)
              .endpoint(URI.create("http://127.0.0.1:0"))
              .ignoreUnknownHeaders(true)
              .build();
      server.start();
      proxy = new FaultProxy(server.getPort());
    } catch (Exception e) {
      throw new IllegalStateException("the object store does not start", e);
    }
  }

  public FaultProxy proxy() {
    return proxy;
  }

  /** Environment of a control plane that is to use it. */
  public Map<String, String> settings() {
    return Map.of(
        "BERTH_STORE_ENDPOINT",
        "http://127.0.0.1:" + proxy.port(),
        "BERTH_STORE_ACCESS_KEY",
        ACCESS_KEY,
        "BERTH_STORE_SECRET_KEY",
        SECRET_KEY);
  }

  /** The sizes of all objects of all buckets, by their keys. */
  public Map<String, Long> objects() {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> directory.relativize(file).getNameCount() > 1)
          .collect(
              Collectors.toMap(
                  file -> {
                    Path inside = directory.relativize(file);
                    return inside.subpath(1, inside.getNameCount()).toString();
                  },
                  file -> file.toFile().length()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws Exception {
    proxy.close();
    server.stop();
    Shell.run("rm", "-rf", "--one-file-system", directory.toString());
  }
}
