package dev.berth.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A tree of 20,000 files and 350 MB, the same for the same seed: most files of a few KiB, ten of
 * many MiB that hold a third of the bytes; three files in four are text that packs to two fifths,
 * the rest are random; one directory for ten files, six deep at most; 200 symbolic links.
 */
final class SyntheticTree {
  static final int FILES = 20_000;
  static final long BYTES = 350_000_000;

  private static final int LARGE = 10;
  private static final long LARGE_BYTES = BYTES / 3;
  private static final int LINKS = 200;
  private static final int WORDS = 4096;

  private final SplittableRandom random;
  private final List<Path> directories = new ArrayList<>();
  private final byte[][] words = new byte[WORDS][];

  private SyntheticTree(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Makes one; {@code root} must not exist. */
  static void make(Path root, long seed) throws IOException {
    new SyntheticTree(seed).make(root);
  }

  private void make(Path root) throws IOException {
    for (int i = 0; i < WORDS; i++) {
      words[i] = word().getBytes(StandardCharsets.US_ASCII);
    }
    directories.add(Files.createDirectories(root));
    while (directories.size() < FILES / 10) {
      Path parent = directories.get(random.nextInt(directories.size()));
      if (parent.getNameCount() - root.getNameCount() < 6) {
        directories.add(Files.createDirectory(parent.resolve("d" + directories.size())));
      }
    }
    int[] sizes = sizes();
    for (int i = 0; i < FILES; i++) {
      Path directory = directories.get(random.nextInt(directories.size()));
      Files.write(directory.resolve("f" + i + (text(i) ? ".txt" : ".bin")), content(i, sizes[i]));
    }
    for (int i = 0; i < LINKS; i++) {
      Path directory = directories.get(random.nextInt(directories.size()));
      Files.createSymbolicLink(directory.resolve("l" + i), Path.of("../d" + i + "/f" + i));
    }
  }

  /** Skewed as sources are: half below 3 KiB, a few of some 100 KiB; scaled to the sum wanted. */
  private int[] sizes() {
    int[] sizes = new int[FILES];
    double[] weights = new double[FILES - LARGE];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double gauss = 0;
      for (int k = 0; k < 12; k++) {
        gauss += random.nextDouble();
      }
      weights[i] = Math.exp(1.5 * (gauss - 6));
      sum += weights[i];
    }
    long left = BYTES;
    for (int i = LARGE; i < FILES; i++) {
      sizes[i] = (int) (weights[i - LARGE] / sum * (BYTES - LARGE_BYTES));
      left -= sizes[i];
    }
    for (int i = 0; i < LARGE; i++) {
      sizes[i] = (int) (left / (LARGE - i));
      left -= sizes[i];
    }
    return sizes;
  }

  private static boolean text(int file) {
    return file % 4 != 0;
  }

  private byte[] content(int file, int size) {
    byte[] content = new byte[size];
    if (!text(file)) {
      for (int at = 0; at < size; ) {
        for (long bits = random.nextLong(), k = 0; k < 8 && at < size; k++, bits >>>= 8) {
          content[at++] = (byte) bits;
        }
      }
      return content;
    }
    for (int at = 0; at < size; ) {
      // small numbers more often: some words are common
      byte[] word = words[random.nextInt(random.nextInt(WORDS) + 1)];
      int length = Math.min(word.length, size - at);
      System.arraycopy(word, 0, content, at, length);
      at += length;
    }
    return content;
  }

  private String word() {
    StringBuilder word = new StringBuilder();
    for (int i = 0, length = 2 + random.nextInt(9); i < length; i++) {
      word.append((char) ('a' + random.nextInt(26)));
    }
    return word.append(random.nextInt(12) == 0 ? "\n" : " ").toString();
  }
}
