package dev.berth.testing.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Sources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The habits of this code base that a compiler does not hold, over every source file of it. */
class TidyTest {
  private static final int MOST_LINES = 400;

  private final Sources sources = Sources.ofThisRepository();

  @Test
  void timeComesFromAnInjectedClock() {
    assertThat(
            javaLinesWith(
                "\\bInstant\\.now\\(\\)|\\bSystem\\.currentTimeMillis\\(|\\bnew Date\\(\\)"))
        .isEmpty();
  }

  @Test
  void nothingSleeps() {
    assertThat(javaLinesWith("\\bThread\\.sleep\\(|\\bTimeUnit\\.[A-Z]+\\.sleep\\(")).isEmpty();
  }

  @Test
  void threadsAreVirtualOrComeFromAnExecutor() {
    assertThat(javaLinesWith("\\bnew Thread\\(|\\bnew Timer\\(|\\bextends Thread\\b")).isEmpty();
  }

  @Test
  void nothingIsLeftForLater() {
    assertThat(sources.linesWith(".*", Pattern.compile("\\b(FIX" + "ME|TO" + "DO|X" + "XX)\\b")))
        .isEmpty();
  }

  @Test
  void noFileIsLong() {
    List<String> tooLong = new ArrayList<>();
    sources.files(".*\\.(java|proto|sh|py)|dev|berth").stream()
        .filter(file -> sources.lines(file).size() > MOST_LINES)
        .forEach(file -> tooLong.add(file + " has " + sources.lines(file).size() + " lines"));
    assertThat(tooLong).isEmpty();
  }

  @Test
  void noPackageIsNamedForBeingHelpful() {
    assertThat(sources.files(".*/java/.*/(utils?|helpers?|misc|impl)/[^/]+\\.java")).isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() {
    var packages = new TreeSet<Path>();
    sources.files(".*/src/main/java/.*\\.java").forEach(file -> packages.add(parent(file)));
    assertThat(packages)
        .isNotEmpty()
        .allSatisfy(directory ->
            assertThat(sources.lines(directory.resolve("package-info.java")))
                .as(directory + "/package-info.java")
                .contains("@NullMarked"));
  }

  private List<String> javaLinesWith(String pattern) {
    return sources.linesWith(".*\\.java", Pattern.compile(pattern));
  }

  private static Path parent(Path file) {
    return Objects.requireNonNull(file.getParent());
  }
}
