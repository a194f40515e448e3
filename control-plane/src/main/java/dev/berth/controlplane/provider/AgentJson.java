package dev.berth.controlplane.provider;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What agents are asked, and what their providers take, as {@code jsonb} columns hold them. */
public final class AgentJson {
  private static final Gson GSON = new Gson();

  private AgentJson() {}

  public static @Nullable String write(@Nullable AgentSpec spec) {
    return spec == null ? null : GSON.toJson(spec);
  }

  public static @Nullable AgentSpec read(@Nullable String json) {
    return json == null ? null : GSON.fromJson(json, AgentSpec.class);
  }

  public static String providers(List<AgentProvider> providers) {
    return GSON.toJson(providers);
  }

  static List<AgentProvider> providers(String json) {
    return GSON.fromJson(json, new TypeToken<List<AgentProvider>>() {}.getType());
  }
}
