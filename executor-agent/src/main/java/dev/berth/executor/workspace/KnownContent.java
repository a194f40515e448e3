package dev.berth.executor.workspace;

import dev.berth.executor.workspace.PackWriter.Stored;
import dev.berth.format.ManifestReader;
import dev.berth.format.Node;
import dev.berth.format.Piece;
import dev.berth.format.Sha256;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Where content is stored already, in the base or since, by its digest: what was moved or copied is
 * not stored again. Holds at most {@link #MAX} digests, about 40 MB; content beyond that may be
 * stored twice. For one thread.
 */
final class KnownContent {
  static final int MAX = 300_000;

  /** Opens the index of the base. */
  interface Source {
    Optional<ManifestReader> open() throws IOException;
  }

  private final Source source;
  private final IntPredicate usableFrame;
  private final Map<Sha256, At> places = new HashMap<>();
  private boolean loaded;

  private record At(int length, Stored stored) {}

  /**
   * @param source read once, when the first new content comes
   * @param usableFrame whether a frame of the base may be named again
   */
  KnownContent(Source source, IntPredicate usableFrame) {
    this.source = source;
    this.usableFrame = usableFrame;
  }

  @Nullable Stored find(Sha256 sha256, int length) throws IOException {
    load();
    At at = places.get(sha256);
    return at == null || at.length() != length ? null : at.stored();
  }

  void add(Sha256 sha256, int length, Stored stored) {
    if (places.size() < MAX) {
      places.putIfAbsent(sha256, new At(length, stored));
    }
  }

  private void load() throws IOException {
    if (loaded) {
      return;
    }
    loaded = true;
    Optional<ManifestReader> index = source.open();
    if (index.isEmpty()) {
      return;
    }
    try (ManifestReader reader = index.get()) {
      while (reader.nextRoot().isPresent()) {
        int depth = 1;
        while (depth > 0) {
          Node node = reader.next().orElse(null);
          if (node == null) {
            depth--;
          } else if (node instanceof Node.Directory) {
            depth++;
          } else if (node instanceof Node.File file) {
            for (Piece piece : file.pieces()) {
              if (usableFrame.test(piece.frame())) {
                add(piece.sha256(), piece.length(), new Stored(piece.frame(), piece.offset()));
              }
            }
          }
        }
      }
    }
  }
}
