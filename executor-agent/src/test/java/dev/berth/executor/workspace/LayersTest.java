package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.RestoreManifest.Mount;
import dev.berth.executor.workspace.RestoreManifest.Seed;
import dev.berth.format.Sha256;
import dev.berth.format.layer.PathGlob;
import dev.berth.format.layer.SeedRule.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Manifests on what hostile sessions left. Seeds are empty files: nothing has to be fetched. */
class LayersTest extends CopyHarness {

  @ParameterizedTest
  @EnumSource(Policy.class)
  void aLinkAboveASeed_isNeverFollowed(Policy policy) throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.createSymbolicLink(ws().resolve("dir"), outside);
    Files.createSymbolicLink(ws().resolve("up"), Path.of(".."));
    var refused = apply(policy, List.of("dir/seed", "up/seed"), List.of(), List.of());
    assertThat(refused).hasSize(policy == Policy.KEEP_SESSION ? 0 : 2);
    assertThat(outside).isEmptyDirectory();
    assertThat(copy.workspace().resolveSibling("seed")).doesNotExist();
    assertThat(Files.isSymbolicLink(ws().resolve("dir"))).isTrue();
  }

  @Test
  void aLinkInASeedsPlace_isReplaced_notItsTarget() throws Exception {
    Path outside = Files.writeString(temp.resolve("outside"), "precious");
    Files.createSymbolicLink(ws().resolve("seed"), outside);
    assertThat(apply(Policy.PREFER_MANIFEST, List.of("seed"), List.of(), List.of())).isEmpty();
    assertThat(outside).hasContent("precious");
    assertThat(Files.isRegularFile(ws().resolve("seed"), LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  @Test
  void whatIsRefused_changesNothingAtAll() throws Exception {
    Files.writeString(ws().resolve("b"), "mine");
    var refused = apply(Policy.FAIL, List.of("a", "b", "c/d"), List.of(), List.of("/workspace/b"));
    assertThat(refused).extracting(Layers::text).containsExactly("/workspace/b");
    assertThat(names()).containsExactly("b");
  }

  @Test
  void applyingAgain_changesNothing() throws Exception {
    assertThat(apply(Policy.FAIL, List.of("a/b"), List.of("m"), List.of())).isEmpty();
    var before = Trees.describe(ws());
    var inode = Files.getAttribute(ws().resolve("a/b"), "unix:ino");
    assertThat(apply(Policy.FAIL, List.of("a/b"), List.of("m"), List.of())).isEmpty();
    assertThat(Trees.describe(ws())).isEqualTo(before);
    assertThat(Files.getAttribute(ws().resolve("a/b"), "unix:ino")).isEqualTo(inode);
  }

  @Test
  void cleanUp_removesLinks_notWhereTheyLead_andSparesSeeds() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("precious"), "");
    Files.createDirectories(ws().resolve("tmp/deep/er"));
    Files.createSymbolicLink(ws().resolve("tmp/deep/link"), outside);
    Files.createSymbolicLink(ws().resolve("link"), outside);
    var refused =
        apply(
            Policy.KEEP_SESSION,
            List.of("tmp/seed"),
            List.of(),
            List.of("/workspace/tmp", "/workspace/link/**", "/workspace/**/precious"));
    assertThat(refused).isEmpty();
    assertThat(outside.resolve("precious")).exists();
    assertThat(names()).containsExactly("link", "tmp");
    assertThat(ws().resolve("tmp/seed")).exists();
    assertThat(ws().resolve("tmp/deep")).doesNotExist();
  }

  @Test
  void aMountsPlace_isADirectory_orRefused() throws Exception {
    Files.createSymbolicLink(ws().resolve("link"), temp);
    assertThatThrownBy(() -> apply(Policy.FAIL, List.of(), List.of("link/m"), List.of()))
        .isInstanceOf(WorkspaceException.class)
        .hasMessageContaining("/workspace/link/m");
    assertThat(temp.resolve("m")).doesNotExist();
  }

  @Test
  void missingPaths_areThoseNotThere_orBehindALink() throws Exception {
    Files.createDirectory(ws().resolve("dir"));
    Files.createSymbolicLink(ws().resolve("link"), Path.of("dir"));
    Files.createFile(ws().resolve("dir/file"));
    var asked = Stream.of("dir/file", "link", "link/file", "dir/file/x", "none");
    assertThat(copy.layers().missing(asked.map(RelativePath::of).toList()))
        .extracting(Layers::text)
        .containsExactly("/workspace/link/file", "/workspace/dir/file/x", "/workspace/none");
  }

  private List<RelativePath> apply(
      Policy policy, List<String> seeds, List<String> mounts, List<String> cleanUp)
      throws IOException {
    var manifest =
        new RestoreManifest(
            "",
            policy,
            seeds.stream().map(LayersTest::empty).toList(),
            List.of(),
            List.of(),
            mounts.stream().map(path -> new Mount("m", RelativePath.of(path))).toList(),
            cleanUp.stream().map(PathGlob::of).toList(),
            List.of(),
            List.of(),
            false);
    return copy.layers().apply(manifest, Progress.NONE);
  }

  private static Seed empty(String path) {
    return new Seed(RelativePath.of(path), 0644, 0, Sha256.of(new byte[0], 0, 0), 0, 0);
  }

  private List<String> names() throws IOException {
    try (var entries = Files.list(ws())) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
    }
  }
}
