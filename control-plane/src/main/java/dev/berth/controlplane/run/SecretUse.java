package dev.berth.controlplane.run;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import java.util.List;

/**
 * How a run's process gets a secret.
 *
 * @param name the secret's, in the run's session or its project
 * @param variable of the environment
 * @param file whether that holds the path of a file with the value, not the value
 */
record SecretUse(String name, String variable, boolean file) {
  private static final Gson GSON = new Gson();
  private static final TypeToken<List<SecretUse>> USES = new TypeToken<>() {};

  static String toJson(List<SecretUse> uses) {
    return GSON.toJson(uses);
  }

  static List<SecretUse> fromJson(String json) {
    return GSON.fromJson(json, USES);
  }
}
