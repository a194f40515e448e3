package dev.berth.controlplane.platform.db;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jooq.JSONB;

/** Maps of text to text as {@code jsonb} columns hold them. */
public final class Labels {

  private Labels() {}

  public static JSONB toJson(Map<String, String> labels) {
    return JSONB.jsonb(new Gson().toJson(labels));
  }

  /** Values that are no text are given as their JSON. */
  public static Map<String, String> fromJson(JSONB json) {
    JsonObject object = new Gson().fromJson(json.data(), JsonObject.class);
    Map<String, String> labels = new LinkedHashMap<>();
    for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
      JsonElement value = entry.getValue();
      labels.put(entry.getKey(), value.isJsonPrimitive() ? value.getAsString() : value.toString());
    }
    return labels;
  }
}
