package dev.berth.executor.link;

import dev.berth.common.Id;
import java.util.Optional;
import java.util.function.Function;

/** Ids on the wire, where empty means none. */
final class Ids {

  private Ids() {}

  static <T extends Id> Optional<T> optional(String text, Function<String, T> parse) {
    return text.isEmpty() ? Optional.empty() : Optional.of(parse.apply(text));
  }

  static String text(Optional<? extends Id> id) {
    return id.map(Id::toString).orElse("");
  }
}
