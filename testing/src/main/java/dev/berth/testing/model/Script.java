package dev.berth.testing.model;

import dev.berth.testing.model.Action.Item;
import dev.berth.testing.model.Reply.End;
import dev.berth.testing.model.Reply.Failure;
import dev.berth.testing.model.Reply.Stream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * What the model does when the user writes {@code [[name arguments]]}. A pure function of the
 * request, so that side calls and repeated requests change nothing:
 *
 * <ul>
 *   <li>{@code write PATH TEXT}: writes a file
 *   <li>{@code run COMMAND}: runs a command and says what it printed
 *   <li>{@code ask QUESTION|CHOICE|CHOICE}: asks the person and says the answer
 *   <li>{@code todo}: a list of two, of which one gets done
 *   <li>{@code loop N}: N commands, one behind the other
 *   <li>{@code think}: thinks, then speaks
 *   <li>{@code say TEXT}: speaks
 *   <li>{@code slow N MILLIS}: speaks N words with pauses
 *   <li>{@code recall}: says how many turns it remembers, and which
 *   <li>{@code refuse}, {@code cut}, {@code hang}: declines; breaks off; falls silent
 *   <li>{@code error STATUS}: answers every request with that status
 * </ul>
 */
final class Script {
  private static final int MOST_ECHOED = 200;

  private Script() {}

  static Reply reply(Exchange asked) {
    String[] words = asked.script().split(" ", 2);
    String rest = words.length > 1 ? words[1].strip() : "";
    if (words[0].equals("error")) {
      return new Failure(Integer.parseInt(rest));
    }
    if (asked.tools().isEmpty()) {
      return Reply.say("A title");
    }
    return switch (words[0]) {
      case "write" -> write(asked, rest);
      case "run" -> run(asked, rest);
      case "ask" -> ask(asked, rest);
      case "todo" -> todo(asked);
      case "loop" -> loop(asked, Integer.parseInt(rest));
      case "think" ->
          new Stream(
              List.of(new Reply.Thinking("Let me see."), Reply.text("I have thought.")),
              End.COMPLETE);
      case "say" -> Reply.say(rest);
      case "slow" -> slow(rest);
      case "recall" -> recall(asked);
      case "refuse" -> new Stream(List.of(Reply.text("I will not.")), End.REFUSAL);
      case "cut" -> new Stream(List.of(Reply.text("This breaks off")), End.CUT);
      case "hang" -> new Stream(List.of(Reply.text("This falls silent")), End.HANG);
      default -> Reply.say("Hello from the stub.");
    };
  }

  private static Reply write(Exchange asked, String rest) {
    String[] what = rest.split(" ", 2);
    return asked.step() == 0
        ? Reply.act(
            "I write " + what[0] + ".",
            new Action.Write(what[0], what.length > 1 ? what[1] + "\n" : "hello\n"))
        : Reply.say("The tool says: " + echoed(asked));
  }

  private static Reply run(Exchange asked, String command) {
    return asked.step() == 0
        ? Reply.act("I run it.", new Action.Run(command))
        : Reply.say("It printed: " + echoed(asked));
  }

  private static Reply ask(Exchange asked, String rest) {
    List<String> parts = Arrays.asList(rest.split("\\|"));
    return asked.step() == 0
        ? Reply.act(
            "I have to ask.", new Action.Ask(parts.getFirst(), parts.subList(1, parts.size())))
        : Reply.say("You say: " + echoed(asked));
  }

  private static Reply todo(Exchange asked) {
    return switch (asked.step()) {
      case 0 -> Reply.act("First a plan.", todo("in_progress", "pending"));
      case 1 -> Reply.act("One is done.", todo("completed", "in_progress"));
      default -> Reply.say("That is the plan.");
    };
  }

  private static Action todo(String first, String second) {
    return new Action.Todo(List.of(new Item("Look", first), new Item("Leap", second)));
  }

  private static Reply loop(Exchange asked, int times) {
    return asked.step() < times
        ? Reply.act("Once more.", new Action.Run("echo " + asked.step()))
        : Reply.say("That was " + times + " times.");
  }

  private static Reply slow(String rest) {
    String[] numbers = rest.split(" ");
    return new Stream(
        List.of(
            new Reply.Text(
                Collections.nCopies(Integer.parseInt(numbers[0]), "tick "),
                Duration.ofMillis(Long.parseLong(numbers[1])))),
        End.COMPLETE);
  }

  private static Reply recall(Exchange asked) {
    List<String> before = asked.turns().subList(0, asked.turns().size() - 1);
    return Reply.say("I recall " + before.size() + ": " + String.join(", ", before));
  }

  private static String echoed(Exchange asked) {
    String result = asked.lastResult();
    return result.length() <= MOST_ECHOED ? result : result.substring(0, MOST_ECHOED);
  }
}
