package dev.berth.controlplane.platform.db;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import java.util.Map;
import org.jooq.JSONB;

/** Maps of text to text as {@code jsonb} columns hold them. */
public final class Labels {
  private static final Gson GSON = new Gson();
  private static final JSONB NONE = JSONB.jsonb("{}");
  private static final TypeToken<Map<String, String>> TEXT = new TypeToken<>() {};

  private Labels() {}

  public static JSONB toJson(Map<String, String> labels) {
    return labels.isEmpty() ? NONE : JSONB.jsonb(GSON.toJson(labels));
  }

  public static Map<String, String> fromJson(JSONB json) {
    return Map.copyOf(GSON.fromJson(json.data(), TEXT));
  }
}
