package dev.berth.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.common.Id.PackId;
import dev.berth.format.ManifestReader.ReadLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests as bytes: what is written is read again, and nothing made to harm is believed. */
class ManifestTest {
  private static final UUID ID = new UUID(1, 2);
  private static final ReadLimits LIMITS = new ReadLimits(1000, 10);
  private static final Sha256 DIGEST = Sha256.of(new byte[] {1}, 0, 1);
  private static final Pack PACK =
      new Pack(new PackId(new UUID(3, 4)), DIGEST, 500, List.of(new Pack.Frame(7, 64, 100, 1000)));

  @TempDir Path temp;

  private interface Body {
    void write(ManifestWriter writer) throws IOException;
  }

  private Path write(boolean index, Body body, List<Pack> packs) throws IOException {
    Path path = temp.resolve("manifest");
    ManifestWriter writer = new ManifestWriter(Files.newOutputStream(path), ID, index);
    body.write(writer);
    writer.finish(packs);
    return path;
  }

  private static List<String> read(Path path, boolean index) throws IOException {
    List<String> seen = new ArrayList<>();
    try (ManifestReader reader = new ManifestReader(path, ID, index, LIMITS)) {
      for (var root = reader.nextRoot(); root.isPresent(); root = reader.nextRoot()) {
        seen.add(root.get().toString());
        for (int depth = 1; depth > 0; ) {
          Node node = reader.next().orElse(null);
          depth += node == null ? -1 : node instanceof Node.Directory ? 1 : 0;
          seen.add(node == null ? "end" : node.toString());
        }
      }
      seen.add(reader.totals().toString());
      seen.add(reader.packs().packs().toString());
    }
    return seen;
  }

  static Node.File file(String name, long size, Sha256 sha256, List<Piece> pieces) {
    return new Node.File(
        FileName.of(name), 0644, -5, 3, size, sha256, pieces, false, new Node.Seen(9, 8, 7, true));
  }

  static Node.File simple(String name) {
    return file(name, 10, DIGEST, List.of(new Piece(0, 10, DIGEST, 7, 20)));
  }

  @Test
  void everyKindOfEntry_isReadAsItWasWritten() throws Exception {
    List<Piece> pieces =
        List.of(new Piece(0, 100, DIGEST, 7, 0), new Piece(5_000_000_000L, 50, DIGEST, 7, 950));
    Node.File chunked =
        file("big", 6_000_000_000L, Node.digestOfPieces(6_000_000_000L, pieces), pieces);
    Node.File hole = file("hole", 1L << 40, Node.digestOfPieces(1L << 40, List.of()), List.of());
    Path path =
        write(
            true,
            w -> {
              w.root("agent/codex", 0700, 1, 2);
              w.end();
              w.root("workspace", 0755, 3, 4);
              w.directory(new Node.Directory(FileName.of("a"), 01777, -1, 5));
              w.file(chunked);
              w.end();
              w.link(new Node.Link(FileName.of("b"), 6, 7, new Bytes(new byte[] {'/', -1})));
              w.file(hole);
              w.file(simple("x"));
              w.end();
            },
            List.of(PACK));
    List<String> seen = read(path, true);
    assertThat(seen).contains(chunked.toString(), hole.toString(), simple("x").toString());
    assertThat(seen).contains(new Totals(7, 3, 6_000_000_010L + (1L << 40)).toString());
    assertThat(seen).contains(List.of(PACK).toString());
  }

  private void refused(String why, Body body) throws IOException {
    Path path = write(false, body, List.of(PACK));
    assertThatThrownBy(() -> read(path, false))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(why);
  }

  @Test
  void treesThatAreNone_areRefused() throws Exception {
    refused(
        "names twice",
        w -> {
          w.root("workspace", 0, 0, 0);
          w.file(simple("a"));
          w.directory(new Node.Directory(FileName.of("a"), 0, 0, 0));
          w.end();
          w.end();
        });
    refused("wrong root", w -> w.root("../etc", 0, 0, 0));
    refused("wrong root", w -> w.root("agent/../../etc", 0, 0, 0));
    refused(
        "wrong root",
        w -> {
          w.root("workspace", 0, 0, 0);
          w.end();
          w.root("workspace", 0, 0, 0);
          w.end();
        });
    refused(
        "deeper",
        w -> {
          w.root("workspace", 0, 0, 0);
          for (int i = 0; i < 10; i++) {
            w.directory(new Node.Directory(FileName.of("d"), 0, 0, 0));
          }
          for (int i = 0; i < 11; i++) {
            w.end();
          }
        });
    refused(
        "more entries",
        w -> {
          w.root("workspace", 0, 0, 0);
          for (int i = 0; i < 1001; i++) {
            w.file(file("f%05d".formatted(i), 0, DIGEST, List.of()));
          }
          w.end();
        });
  }

  @Test
  void contentOutsideItsFrame_isRefused() throws Exception {
    Body outside =
        w -> {
          w.root("workspace", 0, 0, 0);
          w.file(file("a", 10, DIGEST, List.of(new Piece(0, 10, DIGEST, 7, 991))));
          w.end();
        };
    refused("beyond its frame", outside);
    Body noFrame =
        w -> {
          w.root("workspace", 0, 0, 0);
          w.file(file("a", 10, DIGEST, List.of(new Piece(0, 10, DIGEST, 8, 0))));
          w.end();
        };
    refused("beyond its frame", noFrame);
    List<Piece> beyond = List.of(new Piece(95, 10, DIGEST, 7, 0));
    refused(
        "beyond its file",
        w -> {
          w.root("workspace", 0, 0, 0);
          w.file(file("a", 100, Node.digestOfPieces(100, beyond), beyond));
          w.end();
        });
    List<Piece> forged = List.of(new Piece(5, 10, DIGEST, 7, 0));
    refused(
        "do not match",
        w -> {
          w.root("workspace", 0, 0, 0);
          w.file(file("a", 100, DIGEST, forged));
          w.end();
        });
  }

  @Test
  void framesThatDoNotFitTheirPack_areRefused() throws Exception {
    Body empty =
        w -> {
          w.root("workspace", 0, 0, 0);
          w.end();
        };
    for (List<Pack.Frame> frames :
        List.of(
            List.of(new Pack.Frame(1, 64, 437, 10)),
            List.of(new Pack.Frame(1, 64, 10, 10), new Pack.Frame(1, 74, 10, 10)),
            List.of(new Pack.Frame(1, 64, 10, Pack.MAX_FRAME_BYTES + 1)))) {
      Path path = write(false, empty, List.of(new Pack(PACK.id(), DIGEST, 500, frames)));
      assertThatThrownBy(() -> read(path, false)).isInstanceOf(FormatException.class);
    }
    Path twice = write(false, empty, List.of(PACK, PACK));
    assertThatThrownBy(() -> read(twice, false)).isInstanceOf(FormatException.class);
  }

  @Test
  void anotherVersionIdOrKind_isRefused() throws Exception {
    Path path = write(false, w -> {}, List.of());
    assertThatThrownBy(() -> read(path, true)).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> new ManifestReader(path, new UUID(1, 3), false, LIMITS))
        .isInstanceOf(FormatException.class);
    byte[] bytes = Files.readAllBytes(path);
    bytes[9] = 2;
    Files.write(path, bytes);
    assertThatThrownBy(() -> read(path, false))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("version 2");
  }

  @Test
  void damage_isAFormatException_orChangesNothing() throws Exception {
    Path path =
        write(
            false,
            w -> {
              w.root("workspace", 0755, 0, 0);
              for (int i = 0; i < 50; i++) {
                w.file(simple("f%02d".formatted(i)));
              }
              w.end();
            },
            List.of(PACK));
    List<String> original = read(path, false);
    byte[] whole = Files.readAllBytes(path);
    Random random = new Random(11);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = whole.clone();
      if (i % 2 == 0) {
        bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
      } else {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
      }
      Files.write(path, bytes);
      try {
        assertThat(read(path, false)).isEqualTo(original);
      } catch (FormatException found) {
        assertThat(found).hasMessageMatching("[a-z].*");
      }
    }
  }
}
