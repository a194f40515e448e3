package dev.berth.controlplane.snapshot.content;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.berth.common.Id.PackId;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.format.Node;
import dev.berth.format.Pack;
import dev.berth.format.PackTable;
import dev.berth.format.Piece;
import dev.berth.format.Sha256;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Reads content of a snapshot's files, every stretch checked by its digest. Files of one directory
 * lie together, so what was fetched last is kept: at most {@value #RANGES} ranges of packs and
 * {@value #FRAMES} frames, mostly 7 MiB and never more than 28. For one thread.
 */
public final class StoredContent implements Closeable {
  private static final int RANGES = 2;
  private static final int FRAMES = 3;

  /** Frames that follow one another are fetched together up to so many bytes. */
  private static final int AHEAD_BYTES = 2 << 20;

  private static final byte[] ZEROS = new byte[64 << 10];

  private final ObjectStore store;
  private final StoredSnapshot snapshot;
  private final PackTable packs;
  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private final Map<Integer, Range> ranges = new Recent<>(RANGES);
  private final Map<Integer, byte[]> frames = new Recent<>(FRAMES);
  private final Set<PackId> missing = new HashSet<>();

  public StoredContent(ObjectStore store, StoredSnapshot snapshot, PackTable packs) {
    this.store = store;
    this.snapshot = snapshot;
    this.packs = packs;
  }

  private record Range(Pack pack, long position, byte[] bytes) {
    boolean holds(PackTable.Place place) {
      Pack.Frame frame = place.frame();
      return pack.id().equals(place.pack().id())
          && frame.position() >= position
          && frame.position() + frame.stored() <= position + bytes.length;
    }
  }

  /** Writes a stretch of the file, holes as zeros. */
  public void copy(Node.File file, long offset, long length, OutputStream out)
      throws IOException, CorruptException {
    long at = offset;
    long end = offset + length;
    for (Piece piece : file.pieces()) {
      long pieceEnd = piece.position() + piece.length();
      if (pieceEnd <= at) {
        continue;
      }
      if (piece.position() >= end) {
        break;
      }
      zeros(piece.position() - at, out);
      at = Math.max(at, piece.position());
      int skipped = (int) (at - piece.position());
      int wanted = (int) (Math.min(end, pieceEnd) - at);
      out.write(checked(piece), piece.offset() + skipped, wanted);
      at += wanted;
    }
    zeros(end - at, out);
  }

  /** Checks every byte of a file. */
  void check(Node.File file) throws CorruptException {
    for (Piece piece : file.pieces()) {
      Objects.requireNonNull(checked(piece));
    }
  }

  private static void zeros(long count, OutputStream out) throws IOException {
    for (long left = count; left > 0; left -= ZEROS.length) {
      out.write(ZEROS, 0, (int) Math.min(left, ZEROS.length));
    }
  }

  /** The frame that holds the piece, which is what it should be. */
  private byte[] checked(Piece piece) throws CorruptException {
    PackTable.Place place = Objects.requireNonNull(packs.find(piece.frame()));
    byte[] frame = frames.get(piece.frame());
    if (frame == null) {
      frame = unpack(place);
      frames.put(piece.frame(), frame);
    }
    if (!Sha256.of(frame, piece.offset(), piece.length()).equals(piece.sha256())) {
      throw new CorruptException(place.pack().id(), "The stored content fails its hash");
    }
    return frame;
  }

  private byte[] unpack(PackTable.Place place) throws CorruptException {
    Range range = range(place);
    Pack.Frame frame = place.frame();
    byte[] raw = new byte[frame.length()];
    int length;
    try {
      length =
          zstd.decompressByteArray(
              raw,
              0,
              raw.length,
              range.bytes(),
              (int) (frame.position() - range.position()),
              frame.stored());
    } catch (ZstdException e) {
      length = -1;
    }
    if (length != raw.length) {
      throw new CorruptException(place.pack().id(), "The stored content is damaged");
    }
    return raw;
  }

  private Range range(PackTable.Place place) throws CorruptException {
    for (Range range : ranges.values()) {
      if (range.holds(place)) {
        return range;
      }
    }
    PackId id = place.pack().id();
    StoredObject object = snapshot.packs().get(id);
    if (object == null || missing.contains(id)) {
      throw new CorruptException(id, "The stored content is missing");
    }
    long position = place.frame().position();
    var bytes = store.read(object.key(), position, length(place));
    if (bytes.isEmpty()) {
      missing.add(id);
      throw new CorruptException(id, "The stored content is missing");
    }
    Range range = new Range(place.pack(), position, bytes.get());
    if (!range.holds(place)) {
      throw new CorruptException(id, "The stored content ends too early");
    }
    ranges.put(place.frame().number(), range);
    return range;
  }

  /** Of the frame, and of those behind it that are worth fetching with it. */
  private static int length(PackTable.Place place) {
    long start = place.frame().position();
    long end = start + place.frame().stored();
    List<Pack.Frame> all = place.pack().frames();
    for (Pack.Frame next : all.subList(all.indexOf(place.frame()) + 1, all.size())) {
      long nextEnd = next.position() + next.stored();
      if (nextEnd - start > AHEAD_BYTES) {
        break;
      }
      end = nextEnd;
    }
    return (int) (end - start);
  }

  @Override
  public void close() {
    zstd.close();
  }

  /** Forgets the entry used longest ago. */
  private static final class Recent<V> extends LinkedHashMap<Integer, V> {
    private static final long serialVersionUID = 1L;
    private final int most;

    Recent(int most) {
      super(most * 2, 0.75f, true);
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Integer, V> eldest) {
      return size() > most;
    }
  }
}
