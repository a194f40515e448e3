package dev.berth.executor.provider;

import dev.berth.executor.journal.JournalStream;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * One fact of an attempt, as the agent saw it. {@code time} is the agent's clock: no order is
 * promised by it. {@code parent} is the tool call on whose behalf a sub-agent speaks; empty for the
 * agent itself.
 */
public sealed interface AgentEvent {

  Instant time();

  /** The attempt's process was started. */
  record Started(Instant time) implements AgentEvent {}

  /**
   * Bytes that the process printed, in order within their stream; whole lines unless one is longer
   * than {@link dev.berth.executor.journal.LineCutter#LONGEST}. The array is not copied: nobody
   * changes it.
   *
   * @param droppedBytes left out before {@code data}; 0 for none
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Log(Instant time, JournalStream stream, byte[] data, long droppedBytes)
      implements AgentEvent {}

  /** Something went otherwise than asked, and the run goes on. */
  record Warning(Instant time, String code, String message) implements AgentEvent {}

  /**
   * The program has begun or taken up its conversation.
   *
   * @param conversation as the program itself names it
   */
  record ConversationStarted(Instant time, String conversation, String model)
      implements AgentEvent {}

  /** What a message consists of. */
  enum Part {
    TEXT,
    THINKING
  }

  /**
   * @param cut characters left out behind it; 0 for none
   */
  record Text(String text, int cut) {
    /** In characters. Four bytes each at most, so that any event fits where events go. */
    public static final int LONGEST = 128 << 10;

    public static Text of(String text) {
      if (text.length() <= LONGEST) {
        return new Text(text, 0);
      }
      int end = Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
      return new Text(text.substring(0, end), text.length() - end);
    }
  }

  /** A part of a message as it is made. */
  record MessageDelta(Instant time, String message, Part part, String text, String parent)
      implements AgentEvent {}

  /** A part of a message, whole. */
  record MessageStop(Instant time, String message, Part part, Text text, String parent)
      implements AgentEvent {}

  /**
   * @param input JSON; none any more where it is cut
   */
  record ToolCall(Instant time, String call, String tool, Text input, String parent)
      implements AgentEvent {}

  record ToolResult(Instant time, String call, Text content, boolean failed, String parent)
      implements AgentEvent {}

  /** The whole list as it now is. */
  record TodoUpdate(Instant time, List<Todo> items) implements AgentEvent {
    public TodoUpdate {
      items = List.copyOf(items);
    }
  }

  record Todo(String text, Status status) {
    public enum Status {
      PENDING,
      IN_PROGRESS,
      COMPLETED,
      CANCELED
    }
  }

  /**
   * The program waits for a person.
   *
   * @param request of no other request of this process
   * @param call the tool call it is about; may be empty
   * @param input what the tool is to be given, JSON
   * @param reason why it is asked, in the program's words; may be empty
   * @param questions to be answered; none for an approval
   */
  record HumanLoopRequested(
      Instant time,
      String request,
      String call,
      String tool,
      Text input,
      String reason,
      List<Question> questions)
      implements AgentEvent {
    public HumanLoopRequested {
      questions = List.copyOf(questions);
    }
  }

  /**
   * @param multiple whether several choices may be made
   */
  record Question(String question, String header, List<Choice> choices, boolean multiple) {
    public Question {
      choices = List.copyOf(choices);
    }
  }

  record Choice(String label, String description) {}

  /** The program no longer waits for an answer to it. */
  record HumanLoopWithdrawn(Instant time, String request) implements AgentEvent {}

  /**
   * Tokens of one model since the last one of these, none of them counted twice.
   *
   * @param input neither read from a cache nor written to one
   */
  record Usage(
      Instant time,
      String model,
      long input,
      long cacheRead,
      long cacheWrite,
      long output,
      OptionalLong microUsd)
      implements AgentEvent {}
}
