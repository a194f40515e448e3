package dev.berth.controlplane.platform.store;

import dev.berth.controlplane.platform.config.StoreConfig;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.CommonErrors;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The object store by the S3 protocol, through minio-java. */
@Singleton
final class S3ObjectStore implements ObjectStore {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final Logger log = LoggerFactory.getLogger(S3ObjectStore.class);

  private final StoreEndpoint endpoint;
  private final Duration urlLife;
  private final Clock clock;
  private final Transactions transactions;
  private final MinioClient client;
  private final UrlSigner signer;

  S3ObjectStore(
      StoreEndpoint endpoint, StoreConfig config, Clock clock, Transactions transactions) {
    this.endpoint = endpoint;
    this.urlLife = config.urlLife();
    this.clock = clock;
    this.transactions = transactions;
    this.signer = new UrlSigner(endpoint);
    this.client =
        MinioClient.builder()
            .endpoint(endpoint.endpoint())
            .region(endpoint.region())
            .credentials(endpoint.accessKey(), endpoint.secretKey())
            .build();
    client.setTimeout(TIMEOUT.toMillis(), TIMEOUT.toMillis(), TIMEOUT.toMillis());
  }

  @PreDestroy
  void close() throws Exception {
    client.close();
  }

  @Override
  public Presigned presignPut(String key, String sha256) {
    String checksum = Base64.getEncoder().encodeToString(HexFormat.of().parseHex(sha256));
    return presign("PUT", key, Map.of("if-none-match", "*", "x-amz-checksum-sha256", checksum));
  }

  @Override
  public Presigned presignGet(String key) {
    return presign("GET", key, Map.of());
  }

  private Presigned presign(String method, String key, Map<String, String> headers) {
    Instant now = clock.instant();
    return new Presigned(
        method, signer.sign(method, key, headers, now, urlLife), headers, now.plus(urlLife));
  }

  @Override
  public OptionalLong size(String key) {
    return call(
        "stat",
        () -> {
          try {
            return OptionalLong.of(
                client
                    .statObject(
                        StatObjectArgs.builder().bucket(endpoint.bucket()).object(key).build())
                    .size());
          } catch (ErrorResponseException e) {
            if (isMissing(e)) {
              return OptionalLong.empty();
            }
            throw e;
          }
        });
  }

  @Override
  public void delete(String key) {
    Boolean done =
        call(
            "delete",
            () -> {
              client.removeObject(
                  RemoveObjectArgs.builder().bucket(endpoint.bucket()).object(key).build());
              return true;
            });
    assert done;
  }

  @Override
  public Upload upload(String key, long size) {
    transactions.requireNone("a call of the object store");
    return new StreamedUpload(presign("PUT", key, Map.of("if-none-match", "*")), size, TIMEOUT);
  }

  @Override
  public void put(String key, byte[] content) {
    call(
        "put",
        () ->
            client.putObject(
                PutObjectArgs.builder()
                    .bucket(endpoint.bucket())
                    .object(key)
                    .data(content, content.length)
                    .build()));
  }

  @Override
  public byte[] get(String key) {
    return call(
        "get",
        () -> {
          try (InputStream in =
              client.getObject(
                  GetObjectArgs.builder().bucket(endpoint.bucket()).object(key).build())) {
            return in.readAllBytes();
          } catch (ErrorResponseException e) {
            if (isMissing(e)) {
              throw CommonErrors.notFound("object", key);
            }
            throw e;
          }
        });
  }

  @Override
  public Optional<byte[]> read(String key, long offset, int length) {
    return call(
        "read",
        () -> {
          try (InputStream in =
              client.getObject(
                  GetObjectArgs.builder()
                      .bucket(endpoint.bucket())
                      .object(key)
                      .offset(offset)
                      .length((long) length)
                      .build())) {
            return Optional.of(in.readNBytes(length));
          } catch (ErrorResponseException e) {
            if (isMissing(e)) {
              return Optional.empty();
            }
            if (e.response() != null && e.response().code() == RANGE_NOT_SATISFIABLE) {
              return Optional.of(new byte[0]);
            }
            throw e;
          }
        });
  }

  @Override
  public void ensureBucket() {
    Boolean made =
        call(
            "make bucket",
            () -> {
              if (client.bucketExists(
                  BucketExistsArgs.builder().bucket(endpoint.bucket()).build())) {
                return false;
              }
              client.makeBucket(MakeBucketArgs.builder().bucket(endpoint.bucket()).build());
              return true;
            });
    log.debug("bucket {}: {}", endpoint.bucket(), made ? "made" : "there");
  }

  private interface StoreCall<T> {
    T run() throws MinioException, IOException;
  }

  private <T> T call(String what, StoreCall<T> call) {
    transactions.requireNone("a call of the object store");
    try {
      return call.run();
    } catch (MinioException | IOException e) {
      log.warn("object store: {} failed: {}", what, e.toString());
      throw CommonErrors.storeUnavailable();
    } catch (IllegalStateException e) {
      // How the client reports a connection it cannot make.
      if (e.getCause() instanceof IOException) {
        log.warn("object store: {} failed: {}", what, e.toString());
        throw CommonErrors.storeUnavailable();
      }
      throw e;
    }
  }

  private static boolean isMissing(ErrorResponseException e) {
    return e.response() != null && e.response().code() == 404;
  }
}
