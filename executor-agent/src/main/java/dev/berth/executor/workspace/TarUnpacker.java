package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.FileInfo.Moved;
import dev.berth.executor.workspace.Staging.Modified;
import dev.berth.format.FileName;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Unpacks a tar stream (POSIX ustar and pax, GNU long names) below a directory. Names may not be
 * absolute or hold {@code ..}; targets of symbolic links are kept and never followed; hard links
 * lead to files of the same directory only; devices and FIFOs are left out. For one stream.
 */
final class TarUnpacker {
  private static final int MAX_EXTENSION = 64 << 10;

  private final Directory into;
  private final Staging staging;
  private final CopyLimits limits;
  private final Map<String, byte[]> extended = new HashMap<>();
  private long files;
  private long bytes;
  private long entries;

  TarUnpacker(Directory into, Staging staging, CopyLimits limits) {
    this.into = into;
    this.staging = staging;
    this.limits = limits;
  }

  Moved unpack(InputStream tar) throws IOException {
    byte[] block = new byte[TarHeader.BLOCK];
    while (true) {
      int got = tar.readNBytes(block, 0, block.length);
      if (got == 0 || (got == block.length && isZero(block))) {
        tar.transferTo(java.io.OutputStream.nullOutputStream());
        return new Moved(files, bytes);
      }
      if (got < block.length) {
        throw TarHeader.invalid("ends too early");
      }
      entry(tar, TarHeader.parse(block));
    }
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private void entry(InputStream tar, TarHeader header) throws IOException {
    boolean extension = "xgLK".indexOf(header.type()) >= 0;
    long size = extension ? header.size() : size(header);
    if (size < 0) {
      throw TarHeader.invalid("has a wrong size");
    }
    Content content = new Content(tar, size);
    switch (header.type()) {
      case 'x' -> pax(extension(content));
      case 'L' -> extended.put("path", text(extension(content)));
      case 'K' -> extended.put("linkpath", text(extension(content)));
      case 'g' -> extension(content);
      case 'S' -> throw TarHeader.invalid("holds sparse files: pack it without --sparse");
      default -> {
        member(header, content);
        extended.clear();
      }
    }
    content.finish();
  }

  private long size(TarHeader header) throws IOException {
    byte[] text = extended.get("size");
    if (text == null) {
      return header.size();
    }
    try {
      return Long.parseLong(new String(text, StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      throw TarHeader.invalid("has a wrong size");
    }
  }

  private static byte[] extension(Content content) throws IOException {
    if (content.left > MAX_EXTENSION) {
      throw TarHeader.invalid("has a name that is too long");
    }
    return content.readAllBytes();
  }

  private static byte[] text(byte[] terminated) {
    int end = terminated.length;
    while (end > 0 && terminated[end - 1] == 0) {
      end--;
    }
    return Arrays.copyOf(terminated, end);
  }

  /** Records of "length key=value\n". */
  private void pax(byte[] records) throws IOException {
    int at = 0;
    while (at < records.length) {
      int digits = at;
      int length = 0;
      while (digits < records.length && records[digits] >= '0' && records[digits] <= '9') {
        length = Math.min(length * 10 + records[digits++] - '0', MAX_EXTENSION + 1);
      }
      int end = at + length;
      int equals = digits;
      while (equals < records.length && records[equals] != '=') {
        equals++;
      }
      if (length == 0 || end > records.length || equals >= end || records[end - 1] != '\n') {
        throw TarHeader.invalid("has a damaged pax header");
      }
      String key = new String(records, digits, equals - digits, StandardCharsets.UTF_8).strip();
      if (key.startsWith("GNU.sparse")) {
        throw TarHeader.invalid("holds sparse files: pack it without --sparse");
      }
      extended.put(key, Arrays.copyOfRange(records, equals + 1, end - 1));
      at = end;
    }
  }

  private void member(TarHeader header, Content content) throws IOException {
    RelativePath path = path(extended.getOrDefault("path", header.fullName()));
    if (++entries > limits.entries()
        || path.depth() > limits.depth()
        || path.byteLength() > CopyLimits.PATH_BYTES) {
      throw new WorkspaceException(
          WorkspaceException.Reason.LIMIT,
          "the archive is larger or deeper than a workspace may be");
    }
    if (path.isRoot()) {
      return;
    }
    Modified modified = modified(header);
    switch (header.type()) {
      case '0', '\0', '7' -> {
        try (Directory parent = staging.parents(into, path.parent())) {
          bytes +=
              staging.file(
                  parent, path.name(), header.mode(), Optional.of(modified), false, content);
          content.expectAll();
        }
        files++;
      }
      case '5' -> {
        try (Directory made = staging.parents(into, path)) {
          made.chmod(header.mode());
        }
      }
      case '2' -> {
        try (Directory parent = staging.parents(into, path.parent())) {
          staging.link(parent, path.name(), link(header), modified);
        }
        files++;
      }
      case '1' -> {
        hardLink(path, path(link(header)));
        files++;
      }
      default -> content.skipAll();
    }
  }

  private void hardLink(RelativePath path, RelativePath existing) throws IOException {
    if (existing.isRoot()) {
      throw TarHeader.invalid("has a wrong link");
    }
    try (Directory from = into.openDirectory(existing.parent());
        Directory parent = staging.parents(into, path.parent())) {
      staging.hardLink(from, existing.name(), parent, path.name());
    }
  }

  private byte[] link(TarHeader header) throws IOException {
    byte[] target = extended.getOrDefault("linkpath", header.link());
    if (target.length == 0 || target.length > CopyLimits.PATH_BYTES) {
      throw TarHeader.invalid("has a wrong link");
    }
    for (byte b : target) {
      if (b == 0) {
        throw TarHeader.invalid("has a wrong link");
      }
    }
    return target;
  }

  private Modified modified(TarHeader header) throws IOException {
    byte[] text = extended.get("mtime");
    if (text == null) {
      return new Modified(header.mtime(), 0);
    }
    try {
      var time = new java.math.BigDecimal(new String(text, StandardCharsets.US_ASCII));
      var seconds = time.setScale(0, java.math.RoundingMode.FLOOR);
      int nanos = time.subtract(seconds).movePointRight(9).intValue();
      return new Modified(seconds.longValueExact(), nanos);
    } catch (ArithmeticException | NumberFormatException e) {
      throw TarHeader.invalid("has a wrong time");
    }
  }

  /** Drops "./" and a slash at the end. */
  private static RelativePath path(byte[] raw) throws IOException {
    if (raw.length > 0 && raw[0] == '/') {
      throw TarHeader.invalid("has an absolute name");
    }
    List<FileName> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= raw.length; i++) {
      if (i == raw.length || raw[i] == '/') {
        boolean nothing = i == start || (i == start + 1 && raw[start] == '.');
        if (!nothing) {
          try {
            names.add(FileName.of(raw, start, i - start));
          } catch (IllegalArgumentException e) {
            throw TarHeader.invalid("has a name that leads out of it or is not one");
          }
        }
        start = i + 1;
      }
    }
    return new RelativePath(names);
  }

  /** The content of one entry, and the padding behind it. */
  private static final class Content extends FilterInputStream {
    private final int padding;
    private long left;

    Content(InputStream tar, long size) {
      super(tar);
      this.left = size;
      this.padding = (int) (-size & (TarHeader.BLOCK - 1));
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int got = in.read(target, offset, (int) Math.min(length, left));
      if (got < 0) {
        throw TarHeader.invalid("ends too early");
      }
      left -= got;
      return got;
    }

    void expectAll() throws IOException {
      if (left != 0) {
        throw TarHeader.invalid("ends too early");
      }
    }

    void skipAll() throws IOException {
      transferTo(java.io.OutputStream.nullOutputStream());
    }

    void finish() throws IOException {
      skipAll();
      in.skipNBytes(padding);
    }

    @Override
    public void close() {}
  }
}
