package dev.berth.controlplane.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SeedSetId;
import dev.berth.controlplane.manifest.RestorePlan.Layer;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.seed.SeedFile;
import dev.berth.controlplane.seed.SeedSet;
import dev.berth.format.Bytes;
import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.ManifestWriter;
import dev.berth.format.Node;
import dev.berth.format.Pack;
import dev.berth.format.Piece;
import dev.berth.format.Sha256;
import dev.berth.format.layer.SeedRule.Policy;
import dev.berth.format.layer.WorkspacePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans against a tree with a file, a directory with two files, and a link. */
class RestorePlannerTest {
  private static final UUID ID = new UUID(1, 2);
  private static final int MODE = 0644;

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource({
    "KEEP_SESSION,    /workspace/new,      false, WRITE",
    "KEEP_SESSION,    /workspace/dir/same, false, KEEP",
    "KEEP_SESSION,    /workspace/file,     false, KEEP",
    "PREFER_MANIFEST, /workspace/file,     false, WRITE",
    "PREFER_MANIFEST, /workspace/file,     true,  KEEP",
    "PREFER_MANIFEST, /workspace/link,     false, WRITE",
    "PREFER_MANIFEST, /workspace/link/x,   false, REFUSE",
    "PREFER_MANIFEST, /workspace/dir,      false, REFUSE",
    "PREFER_MANIFEST, /workspace/file/x,   false, REFUSE",
    "FAIL,            /workspace/new/x,    false, WRITE",
    "FAIL,            /workspace/dir/same, false, KEEP",
    "FAIL,            /workspace/file,     false, REFUSE",
    "FAIL,            /workspace/file,     true,  KEEP",
    "FAIL,            /workspace/link,     false, REFUSE",
  })
  void seeds_areDecidedByPolicyPresenceAndProtection(
      Policy policy, String path, boolean isProtected, String action) throws IOException {
    var manifest = manifest(policy, List.of(), isProtected ? List.of(path) : List.of(), List.of());
    assertThat(plan(manifest, List.of(seed(path, "same")), Layer.SEEDS))
        .containsExactly(action + " " + path);
  }

  @Test
  void cleanUp_removesWholeTrees_butSparesWhatIsKept() throws IOException {
    var rules = List.of("/workspace/dir", "/workspace/lin*");
    assertThat(plan(manifest(Policy.FAIL, rules, List.of(), List.of()), List.of(), Layer.FIXUPS))
        .containsExactly("REMOVE /workspace/dir", "REMOVE /workspace/link");
    var kept = List.of("/workspace/dir/same");
    assertThat(plan(manifest(Policy.FAIL, rules, kept, List.of()), List.of(), Layer.FIXUPS))
        .containsExactly(
            "REMOVE /workspace/dir/other", "REMOVE /workspace/link", "KEEP /workspace/dir/same");
  }

  @Test
  void requiredPaths_countAfterSeedsAndCleanUp() throws IOException {
    var required =
        List.of("/workspace/file", "/workspace/dir/same", "/workspace/n", "/workspace/none");
    var manifest = manifest(Policy.KEEP_SESSION, List.of("/workspace/dir"), List.of(), required);
    assertThat(plan(manifest, List.of(seed("/workspace/n/x", "x")), Layer.FIXUPS))
        .containsExactly(
            "REMOVE /workspace/dir",
            "KEEP /workspace/file",
            "REFUSE /workspace/dir/same",
            "KEEP /workspace/n",
            "REFUSE /workspace/none");
  }

  @Test
  void anEmptyWorkspace_takesEverySeed() throws IOException {
    var manifest = manifest(Policy.FAIL, List.of(), List.of(), List.of("/workspace/file"));
    var entries =
        new RestorePlanner(manifest, List.of(seed("/workspace/file", "x")), Set.of())
            .plan("image", null);
    assertThat(entries)
        .extracting(entry -> entry.action() + " " + entry.path())
        .containsExactly("WRITE /workspace/file", "WRITE /workspace", "KEEP /workspace/file");
  }

  private static RuntimeManifest manifest(
      Policy policy, List<String> cleanUp, List<String> protectedPaths, List<String> required) {
    return new RuntimeManifest(
        "", List.of(), List.of(), cleanUp, List.of(), required, protectedPaths, policy);
  }

  private List<String> plan(RuntimeManifest manifest, List<SeedTarget> seeds, Layer layer)
      throws IOException {
    try (ManifestReader head =
        new ManifestReader(tree(), ID, false, new ManifestReader.ReadLimits(100, 10))) {
      return new RestorePlanner(manifest, seeds, Set.of())
          .plan("image", head).stream()
              .filter(entry -> entry.layer() == layer)
              .map(entry -> entry.action() + " " + entry.path())
              .toList();
    }
  }

  private static SeedTarget seed(String path, String content) {
    SeedFile file = new SeedFile("", MODE, content.length(), digest(content).toString(), 0);
    SeedSet set =
        new SeedSet(
            new SeedSetId(ID),
            new ProjectId(ID),
            null,
            Map.of(),
            1,
            Instant.EPOCH,
            Instant.EPOCH,
            Actor.system("test"),
            "key",
            content.length(),
            1,
            List.of(file));
    return new SeedTarget(0, WorkspacePath.names(path), MODE, file, set);
  }

  private Path tree() throws IOException {
    Path path = temp.resolve("manifest");
    ManifestWriter writer = new ManifestWriter(Files.newOutputStream(path), ID, false);
    writer.root("workspace", 0755, 0, 0);
    writer.directory(new Node.Directory(FileName.of("dir"), 0755, 0, 0));
    writer.file(file("other", "elsewhere"));
    writer.file(file("same", "same"));
    writer.end();
    writer.file(file("file", "mine"));
    writer.link(
        new Node.Link(
            FileName.of("link"), 0, 0, new Bytes("/etc".getBytes(StandardCharsets.UTF_8))));
    writer.end();
    writer.finish(
        List.of(
            new Pack(
                new PackId(ID), digest("pack"), 1000, List.of(new Pack.Frame(0, 64, 100, 100)))));
    return path;
  }

  private static Node.File file(String name, String content) {
    Sha256 digest = digest(content);
    return new Node.File(
        FileName.of(name),
        MODE,
        0,
        0,
        content.length(),
        digest,
        List.of(new Piece(0, content.length(), digest, 0, 0)),
        false,
        null);
  }

  private static Sha256 digest(String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return Sha256.of(bytes, 0, bytes.length);
  }
}
