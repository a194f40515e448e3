package dev.berth.testing.model;

import dev.berth.testing.model.Action.Call;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The tools by which agent programs do what a script wants, told by the names they offer. */
final class Toolbox {
  private Toolbox() {}

  /**
   * @throws IllegalStateException where none of the tools will do
   */
  static Call call(Action action, Set<String> tools) {
    return switch (action) {
      case Action.Write write -> write(write, tools);
      case Action.Run run -> run(run.command(), tools);
      case Action.Ask ask -> ask(ask, tools);
      case Action.Todo todo -> todo(todo.items(), tools);
    };
  }

  private static Call write(Action.Write write, Set<String> tools) {
    String absolute = write.path().startsWith("/") ? write.path() : "/workspace/" + write.path();
    return switch (first(tools, "Write", "write", "apply_patch", "exec_command")) {
      case "Write" ->
          Call.of("Write", Json.object("file_path", absolute, "content", write.content()));
      case "write" ->
          Call.of("write", Json.object("filePath", absolute, "content", write.content()));
      case "exec_command" -> run("printf '%s' '" + write.content() + "' > " + write.path(), tools);
      default -> {
        String added = write.content().stripTrailing().replace("\n", "\n+");
        yield new Call(
            "apply_patch",
            Json.object(),
            true,
            "*** Begin Patch\n*** Add File: %s\n+%s\n*** End Patch\n"
                .formatted(write.path(), added));
      }
    };
  }

  private static Call run(String command, Set<String> tools) {
    return switch (first(tools, "Bash", "bash", "exec_command", "shell_command", "shell")) {
      case "Bash" -> Call.of("Bash", Json.object("command", command, "description", "Run it"));
      case "bash" -> Call.of("bash", Json.object("command", command, "description", "Run it"));
      case "exec_command" -> Call.of("exec_command", Json.object("cmd", command));
      case "shell_command" -> Call.of("shell_command", Json.object("command", command));
      default -> Call.of("shell", Json.object("command", List.of("/bin/sh", "-c", command)));
    };
  }

  private static Call ask(Action.Ask ask, Set<String> tools) {
    var choices =
        ask.choices().stream()
            .map(choice -> Json.object("label", choice, "description", "Choose " + choice))
            .toList();
    var question = Json.object("question", ask.question(), "header", "Choice", "options", choices);
    return switch (first(tools, "AskUserQuestion", "question", "request_user_input")) {
      case "AskUserQuestion" -> {
        question.addProperty("multiSelect", false);
        yield Call.of("AskUserQuestion", Json.object("questions", List.of(question)));
      }
      case "question" -> Call.of("question", Json.object("questions", List.of(question)));
      default -> {
        question.addProperty("id", "choice");
        yield Call.of("request_user_input", Json.object("questions", List.of(question)));
      }
    };
  }

  private static Call todo(List<Action.Item> items, Set<String> tools) {
    return switch (first(tools, "TodoWrite", "todowrite", "update_plan")) {
      case "TodoWrite" ->
          Call.of(
              "TodoWrite",
              Json.object(
                  "todos",
                  items.stream()
                      .map(item ->
                          Json.object(
                              "content", item.text(),
                              "status", item.status(),
                              "activeForm", item.text() + "ing"))
                      .toList()));
      case "todowrite" ->
          Call.of(
              "todowrite",
              Json.object(
                  "todos",
                  items.stream()
                      .map(item ->
                          Json.object(
                              "content", item.text(),
                              "status", item.status(),
                              "priority", "medium"))
                      .toList()));
      default ->
          Call.of(
              "update_plan",
              Json.object(
                  "plan",
                  items.stream()
                      .map(item -> Json.object("step", item.text(), "status", item.status()))
                      .toList()));
    };
  }

  private static String first(Set<String> tools, String... names) {
    return Stream.of(names)
        .filter(tools::contains)
        .findFirst()
        .orElseThrow(() ->
            new IllegalStateException(
                "none of " + String.join(", ", names) + " is offered, only " + tools));
  }
}
