package dev.berth.controlplane.provider;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a provider of an executor takes, by its own word.
 *
 * @param fields of {@link AgentSpec}, beside those that each takes
 * @param options by name the values each may have; none for any text
 */
public record AgentProvider(String key, List<String> fields, Map<String, List<String>> options) {

  public AgentProvider {
    fields = List.copyOf(fields);
    options = Map.copyOf(options);
  }

  /** The first field that it does not take, as a path below the spec. */
  Optional<String> refuses(AgentSpec spec) {
    return spec.asked().stream()
        .filter(field -> !fields.contains(field))
        .findFirst()
        .or(() ->
            spec.options().keySet().stream()
                .filter(name -> !options.containsKey(name))
                .sorted()
                .findFirst()
                .map(name -> "options[\"" + name + "\"]"));
  }

  /** The first option whose value it does not take. */
  Optional<String> misfit(AgentSpec spec) {
    return spec.options().keySet().stream()
        .filter(name -> !takes(name, Objects.requireNonNull(spec.options().get(name))))
        .sorted()
        .findFirst();
  }

  private boolean takes(String name, String value) {
    List<String> values = options.getOrDefault(name, List.of());
    return values.isEmpty() || values.contains(value);
  }
}
