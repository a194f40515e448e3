package dev.berth.executor.provider;

import java.util.Map;

/** What a program is told while it is under way, in whatever words it understands. */
public sealed interface Utterance {

  /** Something more to do, or to take into account. */
  record Prompt(String text) implements Utterance {}

  /**
   * A person's decision on what the program asked.
   *
   * @param request as {@link AgentEvent.HumanLoopRequested} names it
   * @param message why not, where it is not allowed
   * @param answers by question; none for an approval
   */
  record Answer(String request, boolean allowed, String message, Map<String, String> answers)
      implements Utterance {
    public Answer {
      answers = Map.copyOf(answers);
    }
  }

  /**
   * The turn is to end now.
   *
   * @param id of no other interrupt of this process
   */
  record Interrupt(String id) implements Utterance {}
}
