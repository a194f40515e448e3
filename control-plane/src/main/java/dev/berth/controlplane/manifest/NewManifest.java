package dev.berth.controlplane.manifest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A manifest as a request brings it.
 *
 * @param field where it stands in the request, for errors: {@code spec.manifest}
 * @param rest all of it but the seeds
 */
record NewManifest(String field, RuntimeManifest rest, List<NewSeed> seeds) {
  NewManifest {
    seeds = List.copyOf(seeds);
  }

  /**
   * @param content null unless it is inline; never changed
   */
  @SuppressWarnings("ArrayRecordComponent")
  record NewSeed(String path, int mode, RuntimeManifest.Source source, byte @Nullable [] content) {}

  String seedField(int number) {
    return field + ".seeds[" + number + "]";
  }
}
