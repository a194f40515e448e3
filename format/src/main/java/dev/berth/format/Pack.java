package dev.berth.format;

import dev.berth.common.Id.PackId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * A pack object as a manifest describes it: a header, then independent zstd frames.
 *
 * @param sha256 of the whole object
 * @param size of the whole object in bytes
 * @param frames those that are in use, by their place in the pack
 */
public record Pack(PackId id, Sha256 sha256, long size, List<Frame> frames) {
  public static final int HEADER_BYTES = 64;

  /** The most a frame holds, uncompressed. */
  public static final int MAX_FRAME_BYTES = 4 << 20;

  private static final long MAGIC = 0x4252_5448_5041_434bL; // "BRTHPACK"
  private static final short VERSION = 1;

  public Pack {
    frames = List.copyOf(frames);
  }

  /**
   * @param number unique in a manifest
   * @param position of its first byte in the pack object
   * @param stored compressed length
   * @param length uncompressed
   */
  public record Frame(int number, long position, int stored, int length) {}

  /** The 64 bytes a pack begins with. */
  public static byte[] header(PackId id) {
    return Header.bytes(MAGIC, VERSION, (short) 0, id.value());
  }

  /**
   * @throws FormatException unless they are the header of that pack, in a version known here
   */
  public static void checkHeader(byte[] bytes, PackId id) throws FormatException {
    Header.check(bytes, MAGIC, VERSION, 0, id.value());
  }

  /** What packs, manifests and indices begin with: 64 bytes. */
  static final class Header {
    private Header() {}

    static byte[] bytes(long magic, short version, short flags, UUID id) {
      return ByteBuffer.allocate(HEADER_BYTES)
          .putLong(magic)
          .putShort(version)
          .putShort(flags)
          .putInt(HEADER_BYTES)
          .putLong(id.getMostSignificantBits())
          .putLong(id.getLeastSignificantBits())
          .array();
    }

    static void check(byte[] bytes, long magic, short version, int flags, UUID id)
        throws FormatException {
      ByteBuffer header = ByteBuffer.wrap(bytes);
      if (bytes.length < HEADER_BYTES || header.getLong() != magic) {
        throw new FormatException("not the expected kind of object");
      }
      short found = header.getShort();
      if (found != version) {
        throw new FormatException("version " + found + " is not known here");
      }
      if (header.getShort() != flags || header.getInt() != HEADER_BYTES) {
        throw new FormatException("uses something that is not known here");
      }
      if (header.getLong() != id.getMostSignificantBits()
          || header.getLong() != id.getLeastSignificantBits()) {
        throw new FormatException("belongs to another id");
      }
      while (header.position() < HEADER_BYTES) {
        if (header.get() != 0) {
          throw new FormatException("uses something that is not known here");
        }
      }
    }
  }
}
