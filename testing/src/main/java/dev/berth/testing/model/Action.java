package dev.berth.testing.model;

import com.google.gson.JsonObject;
import java.util.List;

/** What a script has the agent do; each program has a tool of its own for it. */
sealed interface Action {

  record Write(String path, String content) implements Action {}

  record Run(String command) implements Action {}

  record Ask(String question, List<String> choices) implements Action {}

  /** The whole list as it now is. */
  record Todo(List<Item> items) implements Action {}

  /**
   * @param status pending, in_progress or completed
   */
  record Item(String text, String status) {}

  /**
   * A call of a tool that a program offers.
   *
   * @param custom whether its input is the text of {@code input}, and not an object
   */
  record Call(String tool, JsonObject arguments, boolean custom, String input) {

    static Call of(String tool, JsonObject arguments) {
      return new Call(tool, arguments, false, "");
    }
  }
}
