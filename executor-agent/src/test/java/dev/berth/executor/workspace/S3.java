package dev.berth.executor.workspace;

import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** A real S3 server on loopback, as the control plane embeds it, and URLs presigned for it. */
public final class S3 implements AutoCloseable {
  private static final String BUCKET = "berth";

  /** A port of loopback on which nothing listens. */
  private static final int NOBODY = 1;

  private final Path directory;
  private final FaultyBlobs blobs;
  private final S3Proxy server;
  private final MinioClient client;

  public S3(Path directory) throws Exception {
    this.directory = Files.createDirectories(directory);
    this.blobs = new FaultyBlobs(new FilesystemNio2BlobStore(directory.toString()));
    this.server =
        S3Proxy.builder()
            .blobStore(blobs)
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
      boolean refused = blobs.next() == FaultyBlobs.Fault.REFUSED;
      return new Transfer(
          URI.create(refused ? url.replace(":" + server.getPort(), ":" + NOBODY) : url),
          put ? Map.of("If-None-Match", "*") : Map.of());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** What it does with the requests that reach it. */
  FaultyBlobs blobs() {
    return blobs;
  }

  /** The object as a file of the server's. */
  Path object(String key) {
    return directory.resolve(BUCKET).resolve(key);
  }

  /** The names of all that it keeps. */
  List<String> objects() throws IOException {
    try (Stream<Path> objects = Files.list(directory.resolve(BUCKET))) {
      return objects.map(object -> object.getFileName().toString()).toList();
    }
  }

  @Override
  public void close() throws Exception {
    server.stop();
    client.close();
  }
}
