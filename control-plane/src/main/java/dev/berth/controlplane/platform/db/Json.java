package dev.berth.controlplane.platform.db;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import java.util.Map;
import org.jooq.JSONB;

/**
 * Objects of any values as {@code jsonb} columns hold them. For text alone there is {@link Labels}.
 */
public final class Json {
  private static final Gson GSON = new Gson();
  private static final TypeToken<Map<String, Object>> VALUES = new TypeToken<>() {};

  private Json() {}

  /** Values are strings, numbers, booleans, and lists and maps of them. */
  public static JSONB jsonb(Map<String, ?> object) {
    return JSONB.valueOf(GSON.toJson(object));
  }

  /** Numbers are read as {@code Double}. */
  public static Map<String, Object> values(JSONB column) {
    return Map.copyOf(GSON.fromJson(column.data(), VALUES));
  }
}
