package dev.berth.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStream;
import dev.berth.format.ManifestReader.ReadLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * A snapshot of version 1 as it was written once, read here as docs/WORKSPACE-FORMAT.md says and
 * with nothing of the module: whoever has only that page can read what is stored.
 */
class SampleTest {
  private static final UUID SNAPSHOT = UUID.fromString("01900000-0000-7000-8000-000000000001");
  private static final UUID PACK = UUID.fromString("01900000-0000-7000-8000-000000000002");

  /** What the sample holds: type, mode, times and content of each path, in order. */
  private static final List<String> TREE =
      List.of(
          "workspace/ 755 1700000000.7",
          "dir/ 1777 -1.999999999",
          "dir/a 640 1700000000.5 21 changed hello, hello, hello, ",
          "dir/b 644 1700000000.5 5 world",
          "dir/empty 600 1700000000.5 0 ",
          "holes 644 1700000000.5 1000000 4096 times p at 4096",
          "link 1700000001.0 -> dir/a",
          "\u00ffx 644 1.0 5 world");

  private final Map<Long, byte[]> frames = new HashMap<>();
  private final List<String> found = new ArrayList<>();
  private long entries;
  private long files;
  private long sizes;

  private static Path path(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(SampleTest.class.getResource("/sample-v1/" + name)).toURI());
  }

  @Test
  void theSample_isWhatThePageSays() throws Exception {
    byte[] pack = Files.readAllBytes(path("pack"));
    byte[] manifest = Files.readAllBytes(path("manifest"));
    header(pack, "BRTHPACK", PACK);
    header(manifest, "BRTHMANI", SNAPSHOT);

    ByteBuffer trailer = ByteBuffer.wrap(manifest, manifest.length - 48, 48);
    int treeBytes = (int) trailer.getLong();
    int tableBytes = (int) trailer.getLong();
    long[] totals = {trailer.getLong(), trailer.getLong(), trailer.getLong()};
    assertThat(ascii(trailer, 8)).isEqualTo("BRTHMEND");
    assertThat(64 + treeBytes + tableBytes + 48).isEqualTo(manifest.length);

    table(zstd(manifest, 64 + treeBytes, tableBytes), pack);
    tree(zstd(manifest, 64, treeBytes));

    assertThat(found).isEqualTo(TREE);
    assertThat(totals).containsExactly(entries, files, sizes);
  }

  @Test
  void theSample_isReadByTheModule() throws Exception {
    try (var reader =
        new ManifestReader(path("manifest"), SNAPSHOT, false, new ReadLimits(100, 10))) {
      int nodes = 0;
      for (var root = reader.nextRoot(); root.isPresent(); root = reader.nextRoot()) {
        for (int depth = 1; depth > 0; ) {
          Node node = reader.next().orElse(null);
          depth += node == null ? -1 : node instanceof Node.Directory ? 1 : 0;
          nodes += node == null ? 0 : 1;
        }
      }
      assertThat(nodes + 1).isEqualTo(TREE.size());
    }
  }

  private static void header(byte[] object, String magic, UUID id) {
    ByteBuffer header = ByteBuffer.wrap(object, 0, 64);
    assertThat(ascii(header, 8)).isEqualTo(magic);
    assertThat(header.getShort()).as("version").isEqualTo((short) 1);
    assertThat(header.getShort()).as("flags").isZero();
    assertThat(header.getInt()).as("length").isEqualTo(64);
    assertThat(new UUID(header.getLong(), header.getLong())).isEqualTo(id);
    assertThat(Arrays.copyOfRange(object, 32, 64)).as("reserved").containsOnly(0);
  }

  private static InputStream zstd(byte[] object, int offset, int length) throws IOException {
    return new ZstdInputStream(new ByteArrayInputStream(object, offset, length));
  }

  private void table(InputStream in, byte[] pack) throws Exception {
    assertThat(uvar(in)).as("packs").isEqualTo(1);
    ByteBuffer id = ByteBuffer.wrap(in.readNBytes(16));
    assertThat(new UUID(id.getLong(), id.getLong())).isEqualTo(PACK);
    assertThat(hex(in.readNBytes(32))).isEqualTo(hex(sha256(pack)));
    assertThat(uvar(in)).isEqualTo(pack.length);
    long count = uvar(in);
    int end = 64;
    for (long i = 0; i < count; i++) {
      long number = uvar(in);
      int start = end + (int) uvar(in);
      end = start + (int) uvar(in);
      int length = (int) uvar(in);
      frames.put(number, Zstd.decompress(Arrays.copyOfRange(pack, start, end), length));
    }
    assertThat(in.read()).isEqualTo(-1);
  }

  private void tree(InputStream in) throws Exception {
    for (int tag = in.read(); tag != 0; tag = in.read()) {
      assertThat(tag & 3).as("a root is a directory").isEqualTo(2);
      directory(in, name(in) + "/", "");
    }
    assertThat(in.read()).isEqualTo(-1);
  }

  private void directory(InputStream in, String shown, String prefix) throws Exception {
    entries++;
    found.add(shown + " " + Long.toOctalString(uvar(in)) + " " + time(in));
    for (int tag = in.read(); tag != 0; tag = in.read()) {
      String path = prefix + name(in);
      switch (tag & 3) {
        case 1 -> file(in, path, tag);
        case 2 -> directory(in, path + "/", path + "/");
        default -> {
          entries++;
          String time = time(in);
          found.add(path + " " + time + " -> " + name(in));
        }
      }
    }
  }

  private void file(InputStream in, String path, int tag) throws Exception {
    String line = path + " " + Long.toOctalString(uvar(in)) + " " + time(in);
    long size = uvar(in);
    line += " " + size + ((tag & 8) == 0 ? " " : " changed ");
    if (size > 0) {
      String digest = hex(in.readNBytes(32));
      if ((tag & 4) == 0) {
        byte[] content = place(in, (int) size);
        assertThat(hex(sha256(content))).isEqualTo(digest);
        line += new String(content, StandardCharsets.ISO_8859_1);
      } else {
        line += pieces(in, size, digest);
      }
    }
    entries++;
    files++;
    sizes += size;
    found.add(line);
  }

  private String pieces(InputStream in, long size, String digest) throws Exception {
    long count = uvar(in);
    assertThat(count).isEqualTo(1);
    long position = uvar(in);
    int length = (int) uvar(in);
    byte[] piece = in.readNBytes(32);
    byte[] content = place(in, length);
    assertThat(hex(sha256(content))).isEqualTo(hex(piece));
    byte[] listed =
        ByteBuffer.allocate(8 + 8 + 4 + 32)
            .putLong(size)
            .putLong(position)
            .putInt(length)
            .put(piece)
            .array();
    assertThat(hex(sha256(listed))).isEqualTo(digest);
    return length + " times " + (char) content[0] + " at " + position;
  }

  private byte[] place(InputStream in, int length) throws IOException {
    byte[] frame = Objects.requireNonNull(frames.get(uvar(in)));
    int offset = (int) uvar(in);
    return Arrays.copyOfRange(frame, offset, offset + length);
  }

  private static String name(InputStream in) throws IOException {
    return new String(in.readNBytes((int) uvar(in)), StandardCharsets.ISO_8859_1);
  }

  private static String time(InputStream in) throws IOException {
    long zigzag = uvar(in);
    return ((zigzag >>> 1) ^ -(zigzag & 1)) + "." + uvar(in);
  }

  private static long uvar(InputStream in) throws IOException {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int octet = in.read();
      assertThat(octet).isNotNegative();
      value |= (long) (octet & 0x7f) << shift;
      if ((octet & 0x80) == 0) {
        return value;
      }
    }
  }

  private static String ascii(ByteBuffer buffer, int length) {
    byte[] text = new byte[length];
    buffer.get(text);
    return new String(text, StandardCharsets.US_ASCII);
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
