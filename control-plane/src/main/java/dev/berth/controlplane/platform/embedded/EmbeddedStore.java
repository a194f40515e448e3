package dev.berth.controlplane.platform.embedded;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.net.URI;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** An S3 server of our own on loopback, its objects kept as files under the home directory. */
@Singleton
public final class EmbeddedStore {
  private static final int MAX_THREADS = 32;

  private final S3Proxy server;
  private final URI endpoint;
  private final String accessKey;
  private final String secretKey;

  EmbeddedStore(EmbeddedHome home) {
    this.accessKey = home.secret("store.access-key");
    this.secretKey = home.secret("store.secret-key");
    this.endpoint = URI.create("http://127.0.0.1:" + home.port("store.port"));
    this.server =
        S3Proxy.builder()
            .blobStore(new FilesystemNio2BlobStore(home.directory("store").toString()))
            .awsAuthentication(AuthenticationType.AWS_V4, accessKey, secretKey)
            .endpoint(endpoint)
            .jettyMaxThreads(MAX_THREADS)
            .ignoreUnknownHeaders(true)
            .build();
  }

  @PostConstruct
  void start() throws Exception {
    server.start();
  }

  @PreDestroy
  void close() throws Exception {
    server.stop();
  }

  public String endpoint() {
    return endpoint.toString();
  }

  public String accessKey() {
    return accessKey;
  }

  public String secretKey() {
    return secretKey;
  }
}
