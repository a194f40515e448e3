package dev.berth.executor.workspace;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.berth.common.Id.PackId;
import dev.berth.common.IdSource;
import dev.berth.format.Pack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Collects new content into frames, frames into packs, and sends each pack as soon as it is full:
 * compressing and sending go on while the caller reads. What waits is bounded: a few frames, and
 * {@link PackUploads#PARALLEL} packs. For one thread.
 */
final class PackWriter implements AutoCloseable {
  /** Where content was put, known before it is compressed. */
  record Stored(int frame, int offset) {}

  private static final int FRAME_TARGET = 1 << 20;
  private static final int PACK_TARGET = 16 << 20;
  private static final int LEVEL = 1;
  private static final int BOUND = (int) Zstd.compressBound(Pack.MAX_FRAME_BYTES);

  private final PackUploads uploads;
  private final IdSource ids;
  private final int compressors = Math.max(2, Runtime.getRuntime().availableProcessors());
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          compressors, Thread.ofPlatform().daemon().name("pack-", 0).factory());
  private final Queue<ZstdCompressCtx> contexts = new ConcurrentLinkedQueue<>();
  private final Queue<byte[]> buffers = new ConcurrentLinkedQueue<>();
  private final Queue<byte[]> bounds = new ConcurrentLinkedQueue<>();
  private final Deque<Future<Compressed>> inFlight = new ArrayDeque<>();
  private int nextFrame;
  private byte[] frame = new byte[Pack.MAX_FRAME_BYTES];
  private int filled;
  private Open pack;

  private record Compressed(int number, int length, byte[] bytes) {}

  private static final class Open {
    private final PackId id;
    private final List<byte[]> parts = new ArrayList<>();
    private final List<Pack.Frame> frames = new ArrayList<>();
    private long size = Pack.HEADER_BYTES;

    Open(PackId id) {
      this.id = id;
      parts.add(Pack.header(id));
    }
  }

  PackWriter(PackUploads uploads, IdSource ids, int firstFrame) {
    this.uploads = uploads;
    this.ids = ids;
    this.nextFrame = firstFrame;
    this.pack = new Open(new PackId(ids.next()));
  }

  /** Takes at most {@link Pack#MAX_FRAME_BYTES}, at least one byte. */
  Stored append(byte[] content, int length) throws IOException {
    if (filled > 0 && filled + length > FRAME_TARGET) {
      endFrame();
    }
    Stored stored = new Stored(nextFrame, filled);
    System.arraycopy(content, 0, frame, filled, length);
    filled += length;
    return stored;
  }

  private void endFrame() throws IOException {
    byte[] raw = frame;
    int length = filled;
    int number = nextFrame++;
    inFlight.add(threads.submit(() -> compress(raw, length, number)));
    byte[] free = buffers.poll();
    frame = free == null ? new byte[Pack.MAX_FRAME_BYTES] : free;
    filled = 0;
    while (!inFlight.isEmpty()
        && (inFlight.size() > compressors + 2 || inFlight.getFirst().isDone())) {
      addToPack(Waiting.on(inFlight.removeFirst()));
    }
  }

  private Compressed compress(byte[] raw, int length, int number) {
    ZstdCompressCtx free = contexts.poll();
    ZstdCompressCtx context = free == null ? new ZstdCompressCtx().setLevel(LEVEL) : free;
    byte[] spare = bounds.poll();
    byte[] bound = spare == null ? new byte[BOUND] : spare;
    int size = context.compressByteArray(bound, 0, bound.length, raw, 0, length);
    byte[] exact = Arrays.copyOf(bound, size);
    contexts.add(context);
    bounds.add(bound);
    buffers.add(raw);
    return new Compressed(number, length, exact);
  }

  private void addToPack(Compressed done) throws IOException {
    pack.frames.add(new Pack.Frame(done.number(), pack.size, done.bytes().length, done.length()));
    pack.parts.add(done.bytes());
    pack.size += done.bytes().length;
    if (pack.size >= PACK_TARGET) {
      send();
    }
  }

  private void send() throws IOException {
    uploads.send(pack.id, pack.parts, pack.size, pack.frames);
    pack = new Open(new PackId(ids.next()));
  }

  /** Sends what is left and waits until every pack is stored. */
  List<Pack> finish() throws IOException {
    if (filled > 0) {
      endFrame();
    }
    while (!inFlight.isEmpty()) {
      addToPack(Waiting.on(inFlight.removeFirst()));
    }
    if (!pack.frames.isEmpty()) {
      send();
    }
    return uploads.finish();
  }

  /** Ends its threads; what was not finished is given up. */
  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
    contexts.forEach(ZstdCompressCtx::close);
  }

  /** Waits for work of other threads and throws what it threw. */
  static final class Waiting {
    private Waiting() {}

    static <T> T on(Future<T> future) throws IOException {
      try {
        return future.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException io) {
          throw io;
        }
        if (e.getCause() instanceof UncheckedIOException unchecked) {
          throw unchecked.getCause();
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new WorkspaceException(WorkspaceException.Reason.HOST, "interrupted", e);
      }
    }
  }
}
