package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.OpenFile;
import dev.berth.format.FileName;
import dev.berth.format.layer.PathGlob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real S3 server, and workspaces as hostile sandboxes leave them. */
final class ArtifactFilesTest extends CopyHarness {
  private ArtifactPlane artifacts;

  @BeforeEach
  void plane() {
    artifacts = new ArtifactPlane(s3, copy.session() + "-");
  }

  private List<String> keep(String... globs) throws IOException {
    return keepBy(System.nanoTime() + 60_000_000_000L, globs);
  }

  private List<String> keepBy(long deadline, String... globs) throws IOException {
    List<PathGlob> named = Stream.of(globs).map(glob -> PathGlob.of("/workspace/" + glob)).toList();
    return copy.artifacts().keep(named, artifacts, deadline);
  }

  @Test
  void filesThatGlobsName_areKept_byteForByte_andADirectoryIsAllInIt() throws IOException {
    Files.createDirectories(ws().resolve("dist/deep/er"));
    Files.writeString(ws().resolve("dist/a.tgz"), "a");
    Files.writeString(ws().resolve("dist/b.txt"), "not named");
    Files.writeString(ws().resolve("dist/deep/er/c.tgz"), "c");
    Files.createDirectories(ws().resolve("logs/old"));
    Files.writeString(ws().resolve("logs/old/one\nline"), "odd");
    Files.writeString(ws().resolve("empty"), "");
    assertThat(keep("dist/**/*.tgz", "logs", "empty")).isEmpty();

    assertThat(artifacts.kept())
        .isEqualTo(
            Map.of(
                "dist/a.tgz",
                "a",
                "dist/deep/er/c.tgz",
                "c",
                "logs/old/one\nline",
                "odd",
                "empty",
                ""));
  }

  @Test
  void aLargeFile_isStreamed() throws IOException {
    byte[] large = new byte[40 << 20];
    new Random(7).nextBytes(large);
    Files.write(ws().resolve("large"), large);
    assertThat(keep("large")).isEmpty();
    assertThat(Files.readAllBytes(s3.object(artifacts.idOf("large")))).isEqualTo(large);
  }

  @Test
  void nothingOutsideIsRead_andWhateverIsNotKept_isTold() throws Exception {
    Path outside = Files.writeString(temp.resolve("secret"), "secret");
    Files.createSymbolicLink(ws().resolve("link"), outside);
    Files.createSymbolicLink(ws().resolve("dir"), temp);
    Files.createDirectories(ws().resolve("out"));
    Files.createSymbolicLink(ws().resolve("out/passwd"), Path.of("/etc/passwd"));
    byte[] name = {(byte) 0xff, 'x'};
    try (Directory directory = Directory.open(ws())) {
      directory.makeFifo(FileName.of("fifo"), 0600);
      directory.createFile(FileName.of(name, 0, 2), 0644, Directory.Access.READ).close();
      try (OpenFile sparse =
          directory.createFile(FileName.of("sparse"), 0644, Directory.Access.READ_WRITE)) {
        sparse.truncate(100L << 30);
      }
    }
    Files.writeString(ws().resolve("good"), "good");

    List<String> problems =
        keep("link", "dir/secret", "out", "fifo", "?x", "sparse", "good", "nowhere/*.xml");

    assertThat(artifacts.kept()).isEqualTo(Map.of("good", "good"));
    assertThat(problems)
        .hasSize(7)
        .anySatisfy(told -> assertThat(told).startsWith("link: is a link"))
        .anySatisfy(told -> assertThat(told).startsWith("/workspace/dir/secret: nothing is there"))
        .anySatisfy(told -> assertThat(told).startsWith("out/passwd: is a link"))
        .anySatisfy(told -> assertThat(told).startsWith("fifo: is no regular file"))
        .anySatisfy(told -> assertThat(told).contains("not UTF-8"))
        .anySatisfy(told -> assertThat(told).startsWith("sparse: has 107,374,182,400 bytes"))
        .anySatisfy(
            told -> assertThat(told).startsWith("/workspace/nowhere/*.xml: nothing is there"));
  }

  @Test
  void moreFilesThanMayBe_areTold() throws IOException {
    for (int i = 0; i < ArtifactFiles.MAX_FILES + 3; i++) {
      Files.writeString(ws().resolve("f%03d".formatted(i)), "x");
    }
    assertThat(keep("f*"))
        .singleElement()
        .satisfies(told -> assertThat(told).contains("more than 100 files", "f100"));
    assertThat(artifacts.kept()).hasSize(ArtifactFiles.MAX_FILES);
  }

  @Test
  void anAgentThatFallsBetweenUploadAndReport_losesNothing_andKeepsNothingTwice()
      throws IOException {
    Files.writeString(ws().resolve("a"), "a");
    Files.writeString(ws().resolve("b"), "b");
    artifacts.loseNextCommit = true;
    assertThatThrownBy(() -> keep("*")).isInstanceOf(WorkspaceException.class);
    String first = artifacts.idOf("a");

    assertThat(keep("*")).isEmpty();
    assertThat(artifacts.idOf("a")).isEqualTo(first);
    assertThat(artifacts.kept()).isEqualTo(Map.of("a", "a", "b", "b"));
  }

  @Test
  void anUploadWhoseAnswerWasLost_isDoneAlready() throws IOException {
    Files.writeString(ws().resolve("a"), "a");
    var told = artifacts.announce("a", 1, dev.berth.format.Sha256.of(new byte[] {'a'}, 0, 1));
    Files.writeString(s3.object(told.artifact()), "a");
    assertThat(keep("a")).isEmpty();
    assertThat(artifacts.kept()).isEqualTo(Map.of("a", "a"));
  }

  @Test
  void aStoreThatStaysAway_decidesNothingBeforeTheDeadline_andIsToldBehindIt() throws IOException {
    Files.writeString(ws().resolve("a"), "a");
    artifacts.storeRefuses = true;
    assertThatThrownBy(() -> keep("a")).isInstanceOf(WorkspaceException.class);
    assertThat(keepBy(System.nanoTime() - 1, "a")).containsExactly("a: The store does not answer.");
  }
}
