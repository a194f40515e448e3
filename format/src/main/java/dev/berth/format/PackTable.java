package dev.berth.format;

import dev.berth.common.Id.PackId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The packs of a manifest, and where each frame is. */
public final class PackTable {
  public static final PackTable EMPTY = new PackTable(List.of());
  private static final int MAX_PACKS = 100_000;
  private static final int MAX_FRAMES = 1 << 22;

  private final List<Pack> packs;
  private final Map<Integer, Place> places = new HashMap<>();

  /** A frame and the pack it is in. */
  public record Place(Pack pack, Pack.Frame frame) {}

  /**
   * @throws IllegalArgumentException if a frame's number is there twice
   */
  public PackTable(List<Pack> packs) {
    this.packs = List.copyOf(packs);
    for (Pack pack : this.packs) {
      for (Pack.Frame frame : pack.frames()) {
        if (places.put(frame.number(), new Place(pack, frame)) != null) {
          throw new IllegalArgumentException("frame " + frame.number() + " is there twice");
        }
      }
    }
  }

  static PackTable read(FormatInput in) throws IOException {
    int count = in.count(MAX_PACKS, "the number of packs");
    List<Pack> packs = new ArrayList<>();
    Set<PackId> ids = new HashSet<>();
    Set<Integer> numbers = new HashSet<>();
    for (int i = 0; i < count; i++) {
      ByteBuffer raw = ByteBuffer.wrap(in.bytes(16));
      PackId id = new PackId(new UUID(raw.getLong(), raw.getLong()));
      Sha256 sha256 = in.digest();
      long size = in.number(1L << 30, "a pack's size");
      int frames = in.count(MAX_FRAMES, "the number of frames");
      if (!ids.add(id) || numbers.size() + frames > MAX_FRAMES) {
        throw new FormatException("has a pack twice, or too many frames");
      }
      packs.add(new Pack(id, sha256, size, frames(in, frames, size, numbers)));
    }
    in.expectEnd();
    return new PackTable(packs);
  }

  private static List<Pack.Frame> frames(FormatInput in, int count, long size, Set<Integer> numbers)
      throws IOException {
    List<Pack.Frame> frames = new ArrayList<>();
    long end = Pack.HEADER_BYTES;
    for (int i = 0; i < count; i++) {
      int number = in.count(Integer.MAX_VALUE, "a frame's number");
      long position = end + in.number(size, "a frame's position");
      int stored = in.count(2 * Pack.MAX_FRAME_BYTES, "a frame's stored length");
      int length = in.count(Pack.MAX_FRAME_BYTES, "a frame's length");
      end = position + stored;
      if (end > size || length == 0 || stored == 0 || !numbers.add(number)) {
        throw new FormatException("has a frame that does not fit its pack");
      }
      frames.add(new Pack.Frame(number, position, stored, length));
    }
    return frames;
  }

  public List<Pack> packs() {
    return packs;
  }

  public @Nullable Place find(int frame) {
    return places.get(frame);
  }

  /** 0 for a frame that does not exist. */
  int frameLength(int frame) {
    Place place = places.get(frame);
    return place == null ? 0 : place.frame().length();
  }

  /** The least number that no frame has and no later one than all. */
  public int nextFrame() {
    return places.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
  }
}
