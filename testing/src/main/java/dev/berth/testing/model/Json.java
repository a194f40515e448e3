package dev.berth.testing.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Collection;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** JSON as it is written down and looked into here. */
final class Json {
  private Json() {}

  /**
   * @param pairs names and values: strings, numbers, booleans, null, elements, collections of them
   */
  static JsonObject object(@Nullable Object... pairs) {
    JsonObject object = new JsonObject();
    for (int i = 0; i < pairs.length; i += 2) {
      object.add(String.valueOf(pairs[i]), element(pairs[i + 1]));
    }
    return object;
  }

  static JsonArray array(Object... values) {
    return array(List.of(values));
  }

  private static JsonArray array(Collection<?> values) {
    JsonArray array = new JsonArray();
    values.forEach(value -> array.add(element(value)));
    return array;
  }

  private static JsonElement element(@Nullable Object value) {
    return switch (value) {
      case null -> JsonNull.INSTANCE;
      case JsonElement element -> element;
      case String text -> new JsonPrimitive(text);
      case Number number -> new JsonPrimitive(number);
      case Boolean truth -> new JsonPrimitive(truth);
      case Collection<?> values -> array(values);
      default -> throw new IllegalArgumentException("no JSON: " + value);
    };
  }

  /** Empty where there is none. */
  static String text(JsonObject object, String name) {
    JsonElement value = object.get(name);
    return value != null && value.isJsonPrimitive() ? value.getAsString() : "";
  }

  static boolean truth(JsonObject object, String name) {
    return text(object, name).equals("true");
  }

  /** The objects in an array of that name; none where there is no array. */
  static List<JsonObject> objects(JsonObject object, String name) {
    JsonElement value = object.get(name);
    if (value == null || !value.isJsonArray()) {
      return List.of();
    }
    return StreamSupport.stream(value.getAsJsonArray().spliterator(), false)
        .filter(JsonElement::isJsonObject)
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  /**
   * The texts of a content that is a string or an array of blocks, one a line; other blocks are
   * left out.
   */
  static String content(JsonObject object, String name) {
    JsonElement value = object.get(name);
    if (value == null || !value.isJsonArray()) {
      return text(object, name);
    }
    return String.join(
        "\n",
        objects(object, name).stream()
            .map(block -> text(block, "text"))
            .filter(text -> !text.isEmpty())
            .toList());
  }
}
