package dev.berth.controlplane.artifact;

import com.google.protobuf.ByteString;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.format.Sha256;
import dev.berth.v1.DownloadArtifactResponse;
import jakarta.inject.Singleton;
import java.security.MessageDigest;
import java.time.Duration;

/** Streams what artifacts hold, from the store. A slow reader is waited for. */
@Singleton
class ArtifactDownloadStream {
  private static final int CHUNK = 64 << 10;
  private static final int READ = 16 * CHUNK;
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final ObjectStore store;

  ArtifactDownloadStream(ObjectStore store) {
    this.store = store;
  }

  /**
   * @param length 0 means to the end
   */
  void send(
      Artifact artifact, long offset, long length, ResponseStream<DownloadArtifactResponse> answers)
      throws InterruptedException {
    long size = artifact.sizeBytes();
    if (offset > size) {
      throw ArtifactErrors.offsetOutOfRange(offset, size);
    }
    write(
        answers,
        DownloadArtifactResponse.newBuilder()
            .setArtifact(ArtifactProtoMapper.artifact(artifact))
            .build());
    long end = length == 0 ? size : Math.min(size, offset + Math.min(length, size));
    MessageDigest digest = Sha256.digest();
    for (long at = offset; at < end; ) {
      int wanted = (int) Math.min(READ, end - at);
      byte[] bytes = read(artifact, at, wanted);
      digest.update(bytes);
      for (int from = 0; from < wanted; from += CHUNK) {
        var data = ByteString.copyFrom(bytes, from, Math.min(CHUNK, wanted - from));
        write(answers, DownloadArtifactResponse.newBuilder().setData(data).build());
      }
      at += wanted;
    }
    if (offset == 0 && end == size && !Sha256.finish(digest).toString().equals(artifact.sha256())) {
      throw ArtifactErrors.corrupt(artifact, "does not have its hash");
    }
  }

  private byte[] read(Artifact artifact, long at, int wanted) {
    byte[] bytes =
        store
            .read(artifact.objectKey(), at, wanted)
            .orElseThrow(() -> ArtifactErrors.corrupt(artifact, "is gone"));
    if (bytes.length != wanted) {
      throw ArtifactErrors.corrupt(artifact, "is too short");
    }
    return bytes;
  }

  private static void write(
      ResponseStream<DownloadArtifactResponse> answers, DownloadArtifactResponse message)
      throws InterruptedException {
    boolean ready = false;
    while (!ready) {
      ready = answers.awaitReady(LOOK);
    }
    answers.send(message);
  }
}
