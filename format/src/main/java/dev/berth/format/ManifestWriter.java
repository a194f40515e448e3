package dev.berth.format;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.UUID;

/**
 * Writes a manifest, or an index (a manifest with each file's {@link Node.Seen}), as its entries
 * come: a root, then its entries in the order of their names, each directory followed by what it
 * holds and {@link #end}. For one thread.
 */
public final class ManifestWriter implements Closeable {
  static final long MAGIC = 0x4252_5448_4d41_4e49L; // "BRTHMANI"
  static final long END_MAGIC = 0x4252_5448_4d45_4e44L; // "BRTHMEND"
  static final short VERSION = 1;
  static final int FLAG_INDEX = 1;
  static final int TRAILER_BYTES = 48;
  static final int END = 0;
  static final int FILE = 1;
  static final int DIRECTORY = 2;
  static final int LINK = 3;
  static final int CHUNKED = 4;
  static final int CHANGED = 8;
  static final int UNCERTAIN = 16;
  private static final int LEVEL = 1;

  private final Counter target;
  private final boolean index;
  private final FormatOutput tree;
  private long entries;
  private long files;
  private long bytes;

  /** Begins one; {@code target} is closed with it. */
  public ManifestWriter(OutputStream target, UUID id, boolean index) throws IOException {
    this.target = new Counter(target);
    this.index = index;
    this.target.write(Pack.Header.bytes(MAGIC, VERSION, (short) (index ? FLAG_INDEX : 0), id));
    this.target.count = 0;
    this.tree = compressed();
  }

  private FormatOutput compressed() throws IOException {
    return new FormatOutput(
        new ZstdOutputStreamNoFinalizer(new Unclosed(target), LEVEL).setChecksum(true));
  }

  /**
   * Begins a root.
   *
   * @param name as {@link ManifestReader#ROOT_NAME}
   */
  public void root(String name, int mode, long mtimeSeconds, int mtimeNanos) throws IOException {
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    tree.octet(DIRECTORY);
    tree.number(text.length);
    tree.bytes(text);
    attributes(mode, mtimeSeconds, mtimeNanos);
    entries++;
  }

  /** Begins a directory. */
  public void directory(Node.Directory node) throws IOException {
    tree.octet(DIRECTORY);
    name(node);
    attributes(node.mode(), node.mtimeSeconds(), node.mtimeNanos());
    entries++;
  }

  /** Ends the innermost directory or root. */
  public void end() throws IOException {
    tree.octet(END);
  }

  public void link(Node.Link node) throws IOException {
    tree.octet(LINK);
    name(node);
    tree.signed(node.mtimeSeconds());
    tree.number(node.mtimeNanos());
    tree.number(node.target().length());
    tree.bytes(node.target().toArray());
    entries++;
  }

  public void file(Node.File node) throws IOException {
    boolean chunked = node.chunked();
    Node.Seen seen = index ? node.seen() : null;
    tree.octet(
        FILE
            | (chunked ? CHUNKED : 0)
            | (node.changedDuringSync() ? CHANGED : 0)
            | (seen != null && seen.uncertain() ? UNCERTAIN : 0));
    name(node);
    attributes(node.mode(), node.mtimeSeconds(), node.mtimeNanos());
    if (index) {
      if (seen == null) {
        throw new IllegalArgumentException("an index tells how each file was seen");
      }
      tree.number(seen.inode());
      tree.signed(seen.ctimeSeconds());
      tree.number(seen.ctimeNanos());
    }
    tree.number(node.size());
    if (node.size() > 0) {
      tree.digest(node.sha256());
      if (chunked) {
        chunks(node);
      } else {
        place(node.pieces().getFirst());
      }
    }
    entries++;
    files++;
    bytes += node.size();
  }

  private void chunks(Node.File node) throws IOException {
    tree.number(node.pieces().size());
    long end = 0;
    for (Piece piece : node.pieces()) {
      tree.number(piece.position() - end);
      tree.number(piece.length());
      tree.digest(piece.sha256());
      place(piece);
      end = piece.position() + piece.length();
    }
  }

  private void place(Piece piece) throws IOException {
    tree.number(piece.frame());
    tree.number(piece.offset());
  }

  private void name(Node node) throws IOException {
    tree.number(node.name().length());
    tree.bytes(node.name().toBytes());
  }

  private void attributes(int mode, long seconds, int nanos) throws IOException {
    tree.number(mode & Node.MODE_MASK);
    tree.signed(seconds);
    tree.number(nanos);
  }

  public Totals totals() {
    return new Totals(entries, files, bytes);
  }

  /** Writes where the content is, and completes the object. */
  public void finish(Collection<Pack> packs) throws IOException {
    tree.octet(END);
    tree.close();
    long treeBytes = target.count;
    try (FormatOutput out = compressed()) {
      out.number(packs.size());
      for (Pack pack : packs) {
        pack(out, pack);
      }
    }
    target.write(
        ByteBuffer.allocate(TRAILER_BYTES)
            .putLong(treeBytes)
            .putLong(target.count - treeBytes)
            .putLong(entries)
            .putLong(files)
            .putLong(bytes)
            .putLong(END_MAGIC)
            .array());
    target.close();
  }

  private static void pack(FormatOutput out, Pack pack) throws IOException {
    out.bytes(
        ByteBuffer.allocate(16)
            .putLong(pack.id().value().getMostSignificantBits())
            .putLong(pack.id().value().getLeastSignificantBits())
            .array());
    out.digest(pack.sha256());
    out.number(pack.size());
    out.number(pack.frames().size());
    long end = Pack.HEADER_BYTES;
    for (Pack.Frame frame : pack.frames()) {
      out.number(frame.number());
      out.number(frame.position() - end);
      out.number(frame.stored());
      out.number(frame.length());
      end = frame.position() + frame.stored();
    }
  }

  /** Gives up: what was written is not a manifest. */
  @Override
  public void close() throws IOException {
    tree.close();
    target.close();
  }

  private static final class Counter extends OutputStream {
    private final OutputStream out;
    private long count;

    Counter(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      count++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      count += length;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  private static final class Unclosed extends java.io.FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
