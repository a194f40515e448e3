package dev.berth.format;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Reads a manifest or index from a file, entry by entry, in constant memory but for the table of
 * packs. Whatever the bytes are, it ends with a tree that is one (names ascending and valid,
 * nothing below what is not a directory, every place inside a frame that exists) or with {@link
 * FormatException}. For one thread.
 */
public final class ManifestReader implements Closeable {
  /** {@code workspace}, or {@code agent/} and a provider's key. */
  public static final Pattern ROOT_NAME =
      Pattern.compile("workspace|agent/[a-z0-9][a-z0-9-]{0,62}");

  private static final int MAX_LINK_BYTES = 4095;
  private static final int MAX_ROOTS = 64;

  private final FileChannel file;
  private final boolean index;
  private final ReadLimits limits;
  private final Totals declared;
  private final PackTable packs;
  private final FormatInput tree;
  private final Deque<Optional<FileName>> lastNames = new ArrayDeque<>();
  private String lastRoot = "";
  private int roots;
  private long entries;
  private long files;
  private long bytes;

  /** What a reader is ready to take; more is refused. */
  public record ReadLimits(long entries, int depth) {}

  /**
   * Opens one and reads its pack table.
   *
   * @param index which of the two it must be
   * @throws FormatException if it is not one, or belongs to another id
   */
  public ManifestReader(Path path, UUID id, boolean index, ReadLimits limits) throws IOException {
    this.file = FileChannel.open(path, StandardOpenOption.READ);
    this.index = index;
    this.limits = limits;
    try {
      long size = file.size();
      long least = Pack.HEADER_BYTES + ManifestWriter.TRAILER_BYTES;
      if (size < least) {
        throw new FormatException("ends too early");
      }
      Pack.Header.check(
          at(0, Pack.HEADER_BYTES),
          ManifestWriter.MAGIC,
          ManifestWriter.VERSION,
          index ? ManifestWriter.FLAG_INDEX : 0,
          id);
      ByteBuffer trailer =
          ByteBuffer.wrap(at(size - ManifestWriter.TRAILER_BYTES, ManifestWriter.TRAILER_BYTES));
      long treeBytes = trailer.getLong();
      long packBytes = trailer.getLong();
      this.declared = new Totals(trailer.getLong(), trailer.getLong(), trailer.getLong());
      if (trailer.getLong() != ManifestWriter.END_MAGIC
          || treeBytes < 0
          || packBytes < 0
          || treeBytes > size
          || packBytes != size - least - treeBytes) {
        throw new FormatException("its end does not fit");
      }
      if (declared.entries() < 0 || declared.entries() > limits.entries()) {
        throw new FormatException("has more entries than are taken here");
      }
      try (FormatInput in = section(Pack.HEADER_BYTES + treeBytes, packBytes)) {
        this.packs = PackTable.read(in);
      }
      this.tree = section(Pack.HEADER_BYTES, treeBytes);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private byte[] at(long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) < 0) {
        throw new FormatException("ends too early");
      }
    }
    return buffer.array();
  }

  private FormatInput section(long position, long length) throws IOException {
    file.position(position);
    InputStream bounded = new Bounded(Channels.newInputStream(file), length);
    return new FormatInput(new ZstdInputStreamNoFinalizer(bounded));
  }

  /** Said by the object itself; true once all was read. */
  public Totals totals() {
    return declared;
  }

  public PackTable packs() {
    return packs;
  }

  /** A root: its name, and itself as a directory whose own name has no meaning. */
  public record Root(String name, int mode, long mtimeSeconds, int mtimeNanos) {}

  /** Enters the next root; empty after the last, once everything was found to add up. */
  public Optional<Root> nextRoot() throws IOException {
    if (!lastNames.isEmpty()) {
      throw new IllegalStateException("still in a root");
    }
    int tag = tree.octet();
    if (tag == ManifestWriter.END) {
      tree.expectEnd();
      if (!new Totals(entries, files, bytes).equals(declared)) {
        throw new FormatException("does not add up");
      }
      return Optional.empty();
    }
    if (tag != ManifestWriter.DIRECTORY || ++roots > MAX_ROOTS) {
      throw new FormatException("has a wrong root");
    }
    String name =
        new String(
            tree.bytes(tree.count(FileName.MAX_BYTES, "a root's name")), StandardCharsets.US_ASCII);
    if (!ROOT_NAME.matcher(name).matches() || name.compareTo(lastRoot) <= 0) {
      throw new FormatException("has a wrong root");
    }
    lastRoot = name;
    countEntry();
    lastNames.push(Optional.empty());
    return Optional.of(new Root(name, mode(), tree.signed(), nanos()));
  }

  /**
   * The next entry of the innermost directory. A directory is entered by it; empty is the end of
   * one, and leads back to the one around it.
   */
  public Optional<Node> next() throws IOException {
    if (lastNames.isEmpty()) {
      throw new IllegalStateException("in no root");
    }
    int tag = tree.octet();
    if (tag == ManifestWriter.END) {
      lastNames.pop();
      return Optional.empty();
    }
    countEntry();
    int flags = tag & ~3;
    int known =
        ManifestWriter.CHUNKED | ManifestWriter.CHANGED | (index ? ManifestWriter.UNCERTAIN : 0);
    boolean isFile = (tag & 3) == ManifestWriter.FILE;
    if ((tag & 3) == 0 || (flags & ~(isFile ? known : 0)) != 0) {
      throw new FormatException("has an unknown kind of entry");
    }
    FileName name = name();
    return Optional.of(
        switch (tag & 3) {
          case ManifestWriter.DIRECTORY -> directory(name);
          case ManifestWriter.LINK -> link(name);
          default -> file(name, flags);
        });
  }

  /** Reads over what is left of the innermost directory. */
  public void skipRest() throws IOException {
    int outside = lastNames.size() - 1;
    while (lastNames.size() > outside) {
      next();
    }
  }

  private void countEntry() throws FormatException {
    if (++entries > declared.entries()) {
      throw new FormatException("has more entries than it says");
    }
  }

  private FileName name() throws IOException {
    byte[] raw = tree.bytes(tree.count(FileName.MAX_BYTES, "a name"));
    FileName name;
    try {
      name = FileName.of(raw, 0, raw.length);
    } catch (IllegalArgumentException e) {
      throw new FormatException("has a wrong name", e);
    }
    Optional<FileName> before = lastNames.pop();
    if (before.isPresent() && before.get().compareTo(name) >= 0) {
      throw new FormatException("has names twice or out of order");
    }
    lastNames.push(Optional.of(name));
    return name;
  }

  private Node.Directory directory(FileName name) throws IOException {
    if (lastNames.size() >= limits.depth()) {
      throw new FormatException("is deeper than is taken here");
    }
    lastNames.push(Optional.empty());
    return new Node.Directory(name, mode(), tree.signed(), nanos());
  }

  private Node.Link link(FileName name) throws IOException {
    long seconds = tree.signed();
    int nanos = nanos();
    byte[] target = tree.bytes(tree.count(MAX_LINK_BYTES, "a link's target"));
    for (byte b : target) {
      if (b == 0) {
        throw new FormatException("has a wrong link");
      }
    }
    if (target.length == 0) {
      throw new FormatException("has a wrong link");
    }
    return new Node.Link(name, seconds, nanos, new Bytes(target));
  }

  private Node.File file(FileName name, int flags) throws IOException {
    int mode = mode();
    long seconds = tree.signed();
    int nanos = nanos();
    Node.Seen seen = null;
    if (index) {
      boolean uncertain = (flags & ManifestWriter.UNCERTAIN) != 0;
      seen =
          new Node.Seen(tree.number(Long.MAX_VALUE, "an inode"), tree.signed(), nanos(), uncertain);
    }
    long size = tree.number(Long.MAX_VALUE >> 8, "a size");
    boolean chunked = (flags & ManifestWriter.CHUNKED) != 0;
    Sha256 sha256 = size == 0 ? Sha256.of(new byte[0], 0, 0) : tree.digest();
    List<Piece> pieces = List.of();
    if (size == 0) {
      if (chunked) {
        throw new FormatException("has an empty file in pieces");
      }
    } else if (chunked) {
      pieces = chunks(size);
      if (!Node.digestOfPieces(size, pieces).equals(sha256)) {
        throw new FormatException("has pieces that do not match their file");
      }
    } else if (size <= Pack.MAX_FRAME_BYTES) {
      pieces = List.of(place(0, (int) size, sha256));
    } else {
      throw new FormatException("has a file larger than a frame in one piece");
    }
    files++;
    bytes += size;
    boolean changed = (flags & ManifestWriter.CHANGED) != 0;
    return new Node.File(name, mode, seconds, nanos, size, sha256, pieces, changed, seen);
  }

  private List<Piece> chunks(long size) throws IOException {
    int count = tree.count(1 << 20, "the number of pieces");
    List<Piece> pieces = new ArrayList<>(Math.min(count, 1024));
    long end = 0;
    for (int i = 0; i < count; i++) {
      long position = end + tree.number(size - end, "a piece's position");
      int length = tree.count(Pack.MAX_FRAME_BYTES, "a piece's length");
      if (length == 0 || length > size - position) {
        throw new FormatException("has a piece beyond its file");
      }
      pieces.add(place(position, length, tree.digest()));
      end = position + length;
    }
    return pieces;
  }

  private Piece place(long position, int length, Sha256 sha256) throws IOException {
    int frame = tree.count(Integer.MAX_VALUE, "a frame's number");
    int offset = tree.count(Pack.MAX_FRAME_BYTES, "an offset");
    if (offset + length > packs.frameLength(frame)) {
      throw new FormatException("has content beyond its frame");
    }
    return new Piece(position, length, sha256, frame, offset);
  }

  private int mode() throws IOException {
    int mode = tree.count(Node.MODE_MASK, "a mode");
    if ((mode & ~Node.MODE_MASK) != 0) {
      throw new FormatException("has a wrong mode");
    }
    return mode;
  }

  private int nanos() throws IOException {
    return tree.count(999_999_999, "a time");
  }

  @Override
  public void close() throws IOException {
    tree.close();
    file.close();
  }

  private static final class Bounded extends java.io.FilterInputStream {
    private long left;

    Bounded(InputStream in, long length) {
      super(in);
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left <= 0) {
        return -1;
      }
      int got = in.read(target, offset, (int) Math.min(length, left));
      left -= Math.max(got, 0);
      return got;
    }

    @Override
    public void close() {}
  }
}
