package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.format.Pack;
import dev.berth.format.Piece;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How much of each frame the files of a tree still name. Content that several files name counts for
 * each, so that a pack may be taken for fuller than it is, never for emptier. For one thread.
 */
final class LiveBytes {
  private int[] bytes = new int[256];

  /** A pack of which little is live. */
  private record Sparse(PackId id, long content) {}

  void add(Piece piece) {
    int frame = piece.frame();
    if (frame >= bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(frame + 1, bytes.length * 2));
    }
    bytes[frame] = Math.min(Pack.MAX_FRAME_BYTES, bytes[frame] + piece.length());
  }

  private long of(Pack.Frame frame) {
    return frame.number() < bytes.length ? Math.min(bytes[frame.number()], frame.length()) : 0;
  }

  /** The packs as a manifest names them: with the frames that are in use, and only such packs. */
  List<Pack> inUse(List<Pack> packs) {
    List<Pack> used = new ArrayList<>();
    for (Pack pack : packs) {
      List<Pack.Frame> kept = pack.frames().stream().filter(frame -> of(frame) > 0).toList();
      if (!kept.isEmpty()) {
        used.add(new Pack(pack.id(), pack.sha256(), pack.size(), kept));
      }
    }
    return used;
  }

  /**
   * The packs of which less than half is live, those with the least live content first, as many as
   * have so much of it together.
   */
  Set<PackId> sparse(List<Pack> packs, long mostContent) {
    List<Sparse> sparse = new ArrayList<>();
    for (Pack pack : packs) {
      double live = 0;
      long content = 0;
      for (Pack.Frame frame : pack.frames()) {
        live += (double) frame.stored() * of(frame) / frame.length();
        content += of(frame);
      }
      if (live < (pack.size() - Pack.HEADER_BYTES) / 2.0) {
        sparse.add(new Sparse(pack.id(), content));
      }
    }
    sparse.sort(Comparator.comparingLong(Sparse::content));
    Set<PackId> chosen = new HashSet<>();
    long content = 0;
    for (Sparse each : sparse) {
      content += each.content();
      if (content > mostContent) {
        break;
      }
      chosen.add(each.id());
    }
    return chosen;
  }
}
