package dev.berth.executor.workspace;

import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** A real S3 server on loopback, as the control plane embeds it, and URLs presigned for it. */
public final class S3 implements AutoCloseable {
  private static final String BUCKET = "berth";
  private final Path directory;
  private final S3Proxy server;
  private final MinioClient client;

  public S3(Path directory) throws Exception {
    this.directory = Files.createDirectories(directory);
    this.server =
        S3Proxy.builder()
            .blobStore(new FilesystemNio2BlobStore(directory.toString()))
            .awsAuthentication(AuthenticationType.AWS_V4, "access", "secretsecret")
            .endpoint(URI.create("http://127.0.0.1:0"))
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    this.client =
        MinioClient.builder()
            .endpoint("http://127.0.0.1:" + server.getPort())
            .region("us-east-1")
            .credentials("access", "secretsecret")
            .build();
    client.makeBucket(MakeBucketArgs.builder().bucket(BUCKET).build());
  }

  Transfer presign(boolean put, String key) {
    try {
      String url =
          client.getPresignedObjectUrl(
              GetPresignedObjectUrlArgs.builder()
                  .method(put ? Http.Method.PUT : Http.Method.GET)
                  .bucket(BUCKET)
                  .object(key)
                  .build());
      return new Transfer(URI.create(url), put ? Map.of("If-None-Match", "*") : Map.of());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The object as a file of the server's. */
  Path object(String key) {
    return directory.resolve(BUCKET).resolve(key);
  }

  @Override
  public void close() throws Exception {
    server.stop();
    client.close();
  }
}
