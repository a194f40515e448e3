package dev.berth.cli.run;

import dev.berth.v1.HumanQuestion;
import dev.berth.v1.MessagePart;
import dev.berth.v1.RunEvent;
import dev.berth.v1.TodoItem;
import dev.berth.v1.ToolResult;
import dev.berth.v1.Usage;
import java.util.Optional;
import java.util.stream.Collectors;

/** What agents do and say, in a line each. */
final class AgentView {
  private static final int LONGEST = 200;

  private AgentView() {}

  /** What an agent says to whoever asked it. */
  static Optional<String> said(RunEvent event) {
    return event.hasMessageStop()
            && event.getMessageStop().getPart() == MessagePart.MESSAGE_PART_TEXT
            && event.getMessageStop().getParentCallId().isEmpty()
        ? Optional.of(event.getMessageStop().getText())
        : Optional.empty();
  }

  /** What else whoever waits for it wants to know. */
  static Optional<String> did(RunEvent event) {
    return switch (event.getPayloadCase()) {
      case TOOL_CALL -> Optional.of("It uses " + summary(event));
      case HUMAN_LOOP_REQUESTED ->
          Optional.of(
              "It asks: %s (berth run answer %s %s --allow)"
                  .formatted(
                      summary(event),
                      event.getRunId(),
                      event.getHumanLoopRequested().getProviderRequestId()));
      default -> Optional.empty();
    };
  }

  static String summary(RunEvent event) {
    return switch (event.getPayloadCase()) {
      case CONVERSATION_STARTED ->
          event.getConversationStarted().getModel()
              + ", conversation "
              + event.getConversationStarted().getProviderConversationId();
      case MESSAGE_DELTA -> line(event.getMessageDelta().getText());
      case MESSAGE_STOP -> line(event.getMessageStop().getText());
      case TOOL_CALL -> line(event.getToolCall().getTool() + " " + event.getToolCall().getInput());
      case TOOL_RESULT -> result(event.getToolResult());
      case TODO_UPDATE ->
          event.getTodoUpdate().getItemsList().stream()
              .map(AgentView::item)
              .collect(Collectors.joining(" "));
      case HUMAN_LOOP_REQUESTED ->
          event.getHumanLoopRequested().getQuestionsCount() == 0
              ? line(
                  event.getHumanLoopRequested().getTool()
                      + " "
                      + event.getHumanLoopRequested().getInput())
              : event.getHumanLoopRequested().getQuestionsList().stream()
                  .map(HumanQuestion::getQuestion)
                  .collect(Collectors.joining(" "));
      case HUMAN_LOOP_WITHDRAWN -> event.getHumanLoopWithdrawn().getProviderRequestId();
      case USAGE -> usage(event.getUsage());
      default -> "";
    };
  }

  private static String result(ToolResult result) {
    return line((result.getFailed() ? "failed: " : "") + result.getContent());
  }

  private static String item(TodoItem item) {
    String box =
        switch (item.getStatus()) {
          case STATUS_COMPLETED -> "[x]";
          case STATUS_IN_PROGRESS -> "[>]";
          case STATUS_CANCELED -> "[-]";
          default -> "[ ]";
        };
    return box + " " + item.getText();
  }

  private static String usage(Usage usage) {
    return "%s: %,d in, %,d cached, %,d out%s"
        .formatted(
            usage.getModel(),
            usage.getInputTokens() + usage.getCacheWriteTokens(),
            usage.getCacheReadTokens(),
            usage.getOutputTokens(),
            usage.hasCostMicroUsd() ? ", $%.4f".formatted(usage.getCostMicroUsd() / 1e6) : "");
  }

  /** In one line, cut where it is long. */
  private static String line(String text) {
    String line = text.strip().replace('\n', ' ');
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
  }
}
