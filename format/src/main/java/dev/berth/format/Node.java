package dev.berth.format;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a tree. Times are seconds since the epoch (may be negative) plus 0 to 999,999,999
 * ns; a mode is the nine permission bits and the sticky bit: set-uid and set-gid are never kept.
 */
public sealed interface Node {
  int MODE_MASK = 01777;

  FileName name();

  long mtimeSeconds();

  int mtimeNanos();

  /**
   * @param sha256 of the content; of the list of pieces for a file in {@link #chunked pieces}
   * @param pieces in order, without overlap; what lies between is zero. Empty for an empty file
   * @param changedDuringSync it was written while it was read
   * @param seen only in an index: how it stood when it was read
   */
  record File(
      FileName name,
      int mode,
      long mtimeSeconds,
      int mtimeNanos,
      long size,
      Sha256 sha256,
      List<Piece> pieces,
      boolean changedDuringSync,
      @Nullable Seen seen)
      implements Node {
    public File {
      pieces = List.copyOf(pieces);
    }

    /** Whether the content is anything but exactly one piece. */
    public boolean chunked() {
      return size != 0 && (pieces.size() != 1 || pieces.getFirst().length() != size);
    }
  }

  record Directory(FileName name, int mode, long mtimeSeconds, int mtimeNanos) implements Node {}

  /**
   * @param target as it stands in the link, never resolved
   */
  record Link(FileName name, long mtimeSeconds, int mtimeNanos, Bytes target) implements Node {}

  /**
   * What tells, on the host that made an index, that a file was not touched since.
   *
   * @param uncertain it was so young that a later write may not show: its content has to be
   *     compared
   */
  record Seen(long inode, long ctimeSeconds, int ctimeNanos, boolean uncertain) {}

  /**
   * The digest of a file in pieces: over its size and each piece's position, length and digest,
   * big-endian.
   */
  static Sha256 digestOfPieces(long size, List<Piece> pieces) {
    MessageDigest digest = Sha256.digest();
    ByteBuffer buffer = ByteBuffer.allocate(8 + 4 + Sha256.BYTES);
    digest.update(buffer.putLong(0, size).array(), 0, 8);
    for (Piece piece : pieces) {
      buffer.clear();
      buffer.putLong(piece.position()).putInt(piece.length()).put(piece.sha256().toBytes());
      digest.update(buffer.array());
    }
    return Sha256.finish(digest);
  }
}
