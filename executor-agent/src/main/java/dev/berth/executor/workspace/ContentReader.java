package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.workspace.PackWriter.Stored;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.FileName;
import dev.berth.format.Node;
import dev.berth.format.Pack;
import dev.berth.format.Piece;
import dev.berth.format.Sha256;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Reads one file so that what is stored is one state of it: looked at before and after, and read
 * again where they differ. Content that is stored already is not stored twice. For one thread.
 */
final class ContentReader {
  private static final int TRIES = 3;
  private static final int CHUNK = Pack.MAX_FRAME_BYTES;

  /** How coarse a host's file times may be for a later write not to show. */
  private static final Duration UNCERTAIN = Duration.ofSeconds(2);

  /** How far a file's times may lag behind the clock. */
  private static final Duration TICK = Duration.ofMillis(100);

  private final PackWriter packs;
  private final KnownContent known;
  private final Clock clock;
  private final Optional<Instant> flushed;
  private final long maxContentBytes;
  private final byte[] buffer = new byte[CHUNK];
  private long contentBytes;

  /**
   * @param flushed when everything mapped was last written back, if processes may be writing: only
   *     since then can a write to a mapped page have left the times alone
   */
  ContentReader(
      PackWriter packs,
      KnownContent known,
      Clock clock,
      Optional<Instant> flushed,
      long maxContentBytes) {
    this.packs = packs;
    this.known = known;
    this.clock = clock;
    this.flushed = flushed;
    this.maxContentBytes = maxContentBytes;
  }

  /**
   * @throws WorkspaceException LIMIT if it is more than may be saved
   */
  Node.File read(Directory directory, FileName name) throws IOException {
    try (OpenFile file = directory.openFile(name, Directory.Access.READ)) {
      for (int tries = 1; ; tries++) {
        FileStat before = file.stat();
        if (flushed.isPresent() && youngerThan(before, flushed.get().minus(TICK))) {
          DiskFailedException.check(file::syncData);
          before = file.stat();
        }
        List<Piece> pieces = new ArrayList<>();
        long size =
            before.size() <= CHUNK
                ? whole(file, before, pieces)
                : chunks(directory, name, file, before.size(), pieces);
        FileStat after = file.stat();
        boolean consistent = before.sameContentAs(after) && size == before.size();
        if (consistent || tries == TRIES) {
          return node(name, before, size, pieces, !consistent);
        }
      }
    }
  }

  /**
   * A file that has not changed, of which some lies in frames that must not be named again: only
   * that is read, and stored anew.
   */
  Node.File storeAnew(Directory directory, Node.File known, IntPredicate usableFrame)
      throws IOException {
    List<Piece> pieces = new ArrayList<>();
    try (OpenFile file = directory.openFile(known.name(), Directory.Access.READ)) {
      for (Piece piece : known.pieces()) {
        if (usableFrame.test(piece.frame())) {
          pieces.add(piece);
          continue;
        }
        int got = file.read(piece.position(), buffer, 0, piece.length());
        if (got != piece.length() || !Sha256.of(buffer, 0, got).equals(piece.sha256())) {
          return read(directory, known.name());
        }
        pieces.add(piece(piece.position(), got));
      }
    }
    return new Node.File(
        known.name(),
        known.mode(),
        known.mtimeSeconds(),
        known.mtimeNanos(),
        known.size(),
        known.sha256(),
        pieces,
        known.changedDuringSync(),
        known.seen());
  }

  private Node.File node(
      FileName name, FileStat stat, long size, List<Piece> pieces, boolean changed) {
    contentBytes += pieces.stream().mapToLong(Piece::length).sum();
    Sha256 sha256;
    if (size == 0) {
      sha256 = Sha256.of(buffer, 0, 0);
    } else if (pieces.size() == 1 && pieces.getFirst().length() == size) {
      sha256 = pieces.getFirst().sha256();
    } else {
      sha256 = Node.digestOfPieces(size, pieces);
    }
    boolean uncertain = changed || youngerThan(stat, clock.instant().minus(UNCERTAIN));
    return new Node.File(
        name,
        stat.mode() & Node.MODE_MASK,
        stat.mtimeSeconds(),
        stat.mtimeNanos(),
        size,
        sha256,
        pieces,
        changed,
        new Node.Seen(stat.inode(), stat.ctimeSeconds(), stat.ctimeNanos(), uncertain));
  }

  private static boolean youngerThan(FileStat stat, Instant instant) {
    return !Instant.ofEpochSecond(stat.ctimeSeconds(), stat.ctimeNanos()).isBefore(instant)
        || stat.mtimeSeconds() >= instant.getEpochSecond();
  }

  private long whole(OpenFile file, FileStat stat, List<Piece> pieces) throws IOException {
    int length = (int) stat.size();
    if (length == 0 || (stat.blocks() == 0 && file.nextData(0) < 0)) {
      return length;
    }
    int got = file.read(0, buffer, 0, length);
    if (got > 0) {
      pieces.add(piece(0, got));
    }
    return got;
  }

  /** Only where there is data: a hole costs nothing, however large. */
  private long chunks(
      Directory directory, FileName name, OpenFile file, long size, List<Piece> pieces)
      throws IOException {
    long at = file.nextData(0);
    while (at >= 0 && at < size) {
      checkThere(directory, name, file);
      long start = at - at % CHUNK;
      int length = (int) Math.min(CHUNK, size - start);
      int got = file.read(start, buffer, 0, length);
      if (got > 0) {
        pieces.add(piece(start, got));
      }
      if (got < length) {
        return start + got;
      }
      if (contentBytes + (long) pieces.size() * CHUNK > maxContentBytes + 2L * CHUNK) {
        throw tooMuch();
      }
      at = file.nextData(start + length);
    }
    return size;
  }

  /**
   * Lets go of a file that was removed and not replaced: as long as it is open here, its space is
   * not free.
   *
   * @throws dev.berth.executor.linux.ErrnoException ENOENT if it was
   */
  private static void checkThere(Directory directory, FileName name, OpenFile file)
      throws IOException {
    if (file.stat().links() == 0) {
      directory.stat(name);
    }
  }

  private Piece piece(long position, int length) throws IOException {
    if (contentBytes + length > maxContentBytes) {
      throw tooMuch();
    }
    Sha256 sha256 = Sha256.of(buffer, 0, length);
    Stored stored = known.find(sha256, length);
    if (stored == null) {
      stored = packs.append(buffer, length);
      known.add(sha256, length, stored);
    }
    return new Piece(position, length, sha256, stored.frame(), stored.offset());
  }

  private WorkspaceException tooMuch() {
    return new WorkspaceException(
        Reason.LIMIT, "the workspace holds more than " + maxContentBytes + " bytes");
  }
}
