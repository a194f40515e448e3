package dev.berth.controlplane.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.executor.SnapshotLink;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.CommitSnapshotRequest;
import dev.berth.executor.v1.CommitSnapshotResponse;
import dev.berth.executor.v1.CreateTransferUrlsRequest;
import dev.berth.executor.v1.CreateTransferUrlsResponse;
import dev.berth.executor.v1.PackUpload;
import dev.berth.executor.v1.Transfer;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** An executor as far as snapshots go: it stores real objects by the URLs it is given. */
final class SnapshotPeer {
  private static final String MANIFEST = "manifest";

  private final BerthServer berth;
  private final World world;
  private final World.Place place;
  private final long generation;
  private final ExecutorId self;

  SnapshotPeer(BerthServer berth, World world, World.Place place, long generation) {
    this(berth, world, place, generation, place.executor());
  }

  private SnapshotPeer(
      BerthServer berth, World world, World.Place place, long generation, ExecutorId self) {
    this.berth = berth;
    this.world = world;
    this.place = place;
    this.generation = generation;
    this.self = self;
    berth.bean(ObjectStore.class).ensureBucket();
  }

  SnapshotPeer as(ExecutorId executor) {
    return new SnapshotPeer(berth, world, place, generation, executor);
  }

  /** Announces packs of these contents and a manifest, which comes last; nothing is stored. */
  List<PackId> announce(String... contents) {
    var packs = new ArrayList<PackId>();
    for (PackUpload upload : transfers(contents).uploads()) {
      packs.add(PackId.parse(upload.getPackId()));
    }
    return packs;
  }

  private record Announced(List<PackUpload> uploads, CreateTransferUrlsResponse urls) {}

  private Announced transfers(String... contents) {
    var request = urls();
    for (String content : contents) {
      request.addUploads(upload(content, world));
    }
    request.addUploads(upload(MANIFEST, world));
    return new Announced(request.getUploadsList(), send(request));
  }

  CreateTransferUrlsRequest.Builder urls() {
    return CreateTransferUrlsRequest.newBuilder()
        .setSessionId(place.session().toString())
        .setGeneration(generation);
  }

  CreateTransferUrlsResponse send(CreateTransferUrlsRequest.Builder request) {
    return berth.bean(SnapshotLink.class).createTransferUrls(self, request.build());
  }

  static PackUpload.Builder upload(String content, World world) {
    return PackUpload.newBuilder()
        .setPackId(new PackId(world.newId()).toString())
        .setSha256(sha256(content))
        .setSize(content.length());
  }

  /** As {@link #announce}, and stores them. Answers the packs, the manifest last. */
  List<PackId> upload(String... contents) {
    Announced announced = transfers(contents);
    for (int i = 0; i < announced.urls().getUploadsCount(); i++) {
      String content = i < contents.length ? contents[i] : MANIFEST;
      assertThat(put(announced.urls().getUploads(i), content)).isEqualTo(200);
    }
    return announced.uploads().stream().map(u -> PackId.parse(u.getPackId())).toList();
  }

  CommitSnapshotRequest.Builder commit(List<PackId> packs) {
    var request =
        CommitSnapshotRequest.newBuilder()
            .setSnapshotId(new SnapshotId(world.newId()).toString())
            .setSessionId(place.session().toString())
            .setWorkerId(place.worker().toString())
            .setGeneration(generation)
            .setReason("REQUESTED")
            .setManifestPackId(packs.getLast().toString())
            .setManifestSha256(sha256(MANIFEST))
            .setManifestBytes(MANIFEST.length())
            .setFileCount(1)
            .setLogicalBytes(3)
            .setStoredBytes(11);
    packs.subList(0, packs.size() - 1).forEach(pack -> request.addPackIds(pack.toString()));
    return request;
  }

  CommitSnapshotResponse send(CommitSnapshotRequest.Builder commit) {
    return berth.bean(SnapshotLink.class).commitSnapshot(self, commit.build());
  }

  /** The status of a PUT. */
  static int put(Transfer transfer, String content) {
    return status(request(transfer).PUT(HttpRequest.BodyPublishers.ofString(content)).build());
  }

  static String get(Transfer transfer) {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request(transfer).GET().build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpRequest.Builder request(Transfer transfer) {
    var request = HttpRequest.newBuilder(URI.create(transfer.getUrl()));
    transfer.getHeadersMap().forEach(request::header);
    return request;
  }

  private static int status(HttpRequest request) {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static void refused(Runnable call, Status.Code code, ErrorReason reason) {
    BerthException refusal = catchThrowableOfType(BerthException.class, call::run);
    assertThat(refusal).isNotNull();
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal.reason().code()).isEqualTo(code);
  }

  static Map<String, String> metadata(Runnable call) {
    return catchThrowableOfType(BerthException.class, call::run).metadata();
  }

  private static String sha256(String content) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(content.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
