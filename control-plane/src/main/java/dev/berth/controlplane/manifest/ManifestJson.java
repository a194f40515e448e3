package dev.berth.controlplane.manifest;

import com.google.gson.Gson;
import org.jspecify.annotations.Nullable;

/** Manifests as {@code jsonb} columns hold them; null for the empty one. */
public final class ManifestJson {
  private static final Gson GSON = new Gson();

  private ManifestJson() {}

  public static @Nullable String write(RuntimeManifest manifest) {
    return manifest.isEmpty() ? null : GSON.toJson(manifest);
  }

  public static RuntimeManifest read(@Nullable String json) {
    return json == null ? RuntimeManifest.EMPTY : GSON.fromJson(json, RuntimeManifest.class);
  }
}
