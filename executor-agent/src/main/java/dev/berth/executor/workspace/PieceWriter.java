package dev.berth.executor.workspace;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.workspace.RestorePlan.Fetch;
import dev.berth.executor.workspace.RestorePlan.Part;
import dev.berth.executor.workspace.RestorePlan.Target;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.Pack;
import dev.berth.format.Piece;
import dev.berth.format.Sha256;
import dev.berth.format.Totals;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Unpacks frames and writes what is in them, every stretch checked by its digest first. Safe for
 * many threads.
 */
final class PieceWriter implements AutoCloseable {
  private static final int OPEN_DIRECTORIES = 16;

  private final Directory top;
  private final RestorePlan plan;
  private final FileFinish finish;
  private final Progress progress;
  private final Totals totals;
  private final AtomicLong files = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final Queue<Worker> idle = new ConcurrentLinkedQueue<>();

  PieceWriter(
      Directory top, RestorePlan plan, FileFinish finish, Progress progress, Totals totals) {
    this.top = top;
    this.plan = plan;
    this.finish = finish;
    this.progress = progress;
    this.totals = totals;
  }

  /** Brings what one request asks for into the front of an array. */
  interface Source {
    void read(byte[] target) throws IOException;
  }

  /** Fetches, and writes everything that the frames of one request hold. */
  void write(Fetch fetch, Source source) throws IOException {
    Worker free = idle.poll();
    Worker worker = free == null ? new Worker() : free;
    try {
      byte[] stored = worker.room(fetch.length());
      source.read(stored);
      for (Pack.Frame frame : fetch.frames()) {
        worker.unpack(stored, (int) (frame.position() - fetch.position()), frame);
        for (Part part : plan.parts.getOrDefault(frame.number(), List.of())) {
          worker.write(part);
        }
      }
    } finally {
      idle.add(worker);
    }
  }

  @Override
  public void close() {
    idle.forEach(Worker::close);
  }

  private final class Worker {
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final byte[] raw = new byte[Pack.MAX_FRAME_BYTES];
    private byte[] stored = {};
    private final Map<Integer, Directory> open = new LinkedHashMap<>(OPEN_DIRECTORIES, 0.75f, true);

    byte[] room(int length) {
      if (stored.length < length) {
        stored = new byte[length];
      }
      return stored;
    }

    void unpack(byte[] stored, int offset, Pack.Frame frame) throws IOException {
      int length;
      try {
        length = zstd.decompressByteArray(raw, 0, raw.length, stored, offset, frame.stored());
      } catch (ZstdException e) {
        throw new WorkspaceException(Reason.OBJECT_CORRUPT, "a stored pack is damaged", e);
      }
      if (length != frame.length()) {
        throw new WorkspaceException(Reason.OBJECT_CORRUPT, "a stored pack is damaged");
      }
    }

    void write(Part part) throws IOException {
      Piece piece = part.piece();
      Target target = part.target();
      if (!Sha256.of(raw, piece.offset(), piece.length()).equals(piece.sha256())) {
        throw new WorkspaceException(
            Reason.OBJECT_CORRUPT,
            "the stored content of "
                + plan.path(target.directory).resolve(target.node.name())
                + " is damaged");
      }
      Directory directory = directory(target.directory);
      try (OpenFile file =
          target.node.chunked()
              ? directory.openFile(target.node.name(), Directory.Access.READ_WRITE)
              : directory.createFile(
                  target.node.name(), target.node.mode(), Directory.Access.READ_WRITE)) {
        file.write(piece.position(), raw, piece.offset(), piece.length());
        if (target.left.decrementAndGet() == 0) {
          plan.seens.put(target.ordinal, finish.file(file, target.node));
          progress.at(
              files.incrementAndGet(),
              totals.files(),
              bytes.addAndGet(target.node.size()),
              totals.bytes());
        }
      }
    }

    private Directory directory(int number) throws IOException {
      Directory known = open.get(number);
      if (known != null) {
        return known;
      }
      if (open.size() >= OPEN_DIRECTORIES) {
        var eldest = open.entrySet().iterator();
        eldest.next().getValue().close();
        eldest.remove();
      }
      Directory opened = top.openDirectory(plan.path(number));
      open.put(number, opened);
      return opened;
    }

    void close() {
      open.values().forEach(Directory::close);
      zstd.close();
    }
  }
}
