package dev.berth.controlplane.run;

import com.google.gson.Gson;
import java.util.Map;

/**
 * What a person decides of something that an agent asked.
 *
 * @param request as its program names it
 * @param message why not, where it is not allowed
 * @param answers by question
 */
record Told(String request, boolean allowed, String message, Map<String, String> answers) {
  private static final Gson GSON = new Gson();

  Told {
    answers = Map.copyOf(answers);
  }

  String json() {
    return GSON.toJson(this);
  }

  static Told of(String json) {
    return GSON.fromJson(json, Told.class);
  }
}
