package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.executor.workspace.PackWriter.Waiting;
import dev.berth.executor.workspace.SnapshotTransfers.ObjectToUpload;
import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import dev.berth.format.Pack;
import dev.berth.format.Sha256;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** Sends finished objects, a few at a time, each until it is stored. */
final class PackUploads implements AutoCloseable {
  /** Packs in memory that are being sent. */
  static final int PARALLEL = 3;

  private final SnapshotTransfers transfers;
  private final ObjectStoreClient store;
  private final Semaphore slots = new Semaphore(PARALLEL);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<Pack>> sent = new ArrayList<>();
  private final AtomicLong bytes = new AtomicLong();

  PackUploads(SnapshotTransfers transfers, ObjectStoreClient store) {
    this.transfers = transfers;
    this.store = store;
  }

  /** Waits for a free slot, then sends in the background. */
  void send(PackId id, List<byte[]> parts, long size, List<Pack.Frame> frames) throws IOException {
    try {
      slots.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WorkspaceException(WorkspaceException.Reason.HOST, "interrupted", e);
    }
    for (Future<Pack> earlier : sent) {
      if (earlier.state() == Future.State.FAILED) {
        slots.release();
        Waiting.on(earlier);
      }
    }
    sent.add(
        threads.submit(() -> {
          try {
            return sendNow(id, parts, size, frames);
          } finally {
            slots.release();
          }
        }));
  }

  private Pack sendNow(PackId id, List<byte[]> parts, long size, List<Pack.Frame> frames)
      throws IOException {
    MessageDigest digest = Sha256.digest();
    parts.forEach(digest::update);
    Sha256 sha256 = Sha256.finish(digest);
    put(
        new ObjectToUpload(id, sha256, size),
        BodyPublishers.fromPublisher(BodyPublishers.ofByteArrays(parts), size));
    return new Pack(id, sha256, size, frames);
  }

  /** Sends one file whose digest and size are known, and waits for it. */
  void sendFile(ObjectToUpload object, Path file) throws IOException {
    put(object, BodyPublishers.ofFile(file));
  }

  private void put(ObjectToUpload object, BodyPublisher body) throws IOException {
    store.put(
        () -> {
          Map<PackId, Transfer> urls = transfers.createUploads(List.of(object));
          Transfer url = urls.get(object.id());
          if (url == null) {
            throw new WorkspaceException(
                WorkspaceException.Reason.UNAVAILABLE, "no URL was given for an upload");
          }
          return url;
        },
        () -> body);
    bytes.addAndGet(object.size());
  }

  /** Waits until everything is stored. */
  List<Pack> finish() throws IOException {
    List<Pack> packs = new ArrayList<>();
    for (Future<Pack> each : sent) {
      packs.add(Waiting.on(each));
    }
    return packs;
  }

  /** Stored by this sync so far. */
  long bytes() {
    return bytes.get();
  }

  /** Gives up what is still being sent. */
  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
  }
}
