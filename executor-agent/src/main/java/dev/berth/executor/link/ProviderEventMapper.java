package dev.berth.executor.link;

import dev.berth.executor.provider.AgentEvent;
import dev.berth.v1.ConversationStarted;
import dev.berth.v1.HumanChoice;
import dev.berth.v1.HumanLoopRequested;
import dev.berth.v1.HumanLoopWithdrawn;
import dev.berth.v1.MessageDelta;
import dev.berth.v1.MessagePart;
import dev.berth.v1.MessageStop;
import dev.berth.v1.TodoItem;
import dev.berth.v1.TodoUpdate;
import dev.berth.v1.ToolCall;
import dev.berth.v1.ToolResult;
import dev.berth.v1.Usage;

/**
 * What agent programs do and say, to the wire. Names and lists in it are the sandbox's, so they are
 * bounded here; no program of ours comes near the bounds.
 */
final class ProviderEventMapper {

  private static final int LONGEST_NAME = 256;
  private static final int LONGEST_WORDS = 4_096;
  private static final int MOST_ITEMS = 100;

  private ProviderEventMapper() {}

  static void put(AgentEvent event, dev.berth.executor.v1.AgentEvent.Builder message) {
    switch (event) {
      case AgentEvent.ConversationStarted started ->
          message.setConversationStarted(
              ConversationStarted.newBuilder()
                  .setProviderConversationId(name(started.conversation()))
                  .setModel(name(started.model())));
      case AgentEvent.MessageDelta delta ->
          message.setMessageDelta(
              MessageDelta.newBuilder()
                  .setMessageId(name(delta.message()))
                  .setPart(part(delta.part()))
                  .setText(AgentEvent.Text.of(delta.text()).text())
                  .setParentCallId(name(delta.parent())));
      case AgentEvent.MessageStop stop ->
          message.setMessageStop(
              MessageStop.newBuilder()
                  .setMessageId(name(stop.message()))
                  .setPart(part(stop.part()))
                  .setText(stop.text().text())
                  .setCutCharacters(stop.text().cut())
                  .setParentCallId(name(stop.parent())));
      case AgentEvent.ToolCall call ->
          message.setToolCall(
              ToolCall.newBuilder()
                  .setCallId(name(call.call()))
                  .setTool(name(call.tool()))
                  .setInput(call.input().text())
                  .setCutCharacters(call.input().cut())
                  .setParentCallId(name(call.parent())));
      case AgentEvent.ToolResult result ->
          message.setToolResult(
              ToolResult.newBuilder()
                  .setCallId(name(result.call()))
                  .setContent(result.content().text())
                  .setCutCharacters(result.content().cut())
                  .setFailed(result.failed())
                  .setParentCallId(name(result.parent())));
      case AgentEvent.TodoUpdate update -> message.setTodoUpdate(todo(update));
      case AgentEvent.HumanLoopRequested request -> message.setHumanLoopRequested(asked(request));
      case AgentEvent.HumanLoopWithdrawn withdrawn ->
          message.setHumanLoopWithdrawn(
              HumanLoopWithdrawn.newBuilder().setProviderRequestId(name(withdrawn.request())));
      case AgentEvent.Usage usage -> message.setUsage(used(usage));
      case AgentEvent.Started _, AgentEvent.Log _, AgentEvent.Warning _ ->
          throw new IllegalArgumentException("no provider's: " + event);
    }
  }

  private static TodoUpdate todo(AgentEvent.TodoUpdate update) {
    var message = TodoUpdate.newBuilder();
    update.items().stream()
        .limit(MOST_ITEMS)
        .forEach(item ->
            message.addItems(
                TodoItem.newBuilder()
                    .setText(bounded(item.text(), LONGEST_WORDS))
                    .setStatus(TodoItem.Status.valueOf("STATUS_" + item.status().name()))));
    return message.build();
  }

  private static HumanLoopRequested asked(AgentEvent.HumanLoopRequested request) {
    var message =
        HumanLoopRequested.newBuilder()
            .setProviderRequestId(name(request.request()))
            .setCallId(name(request.call()))
            .setTool(name(request.tool()))
            .setInput(request.input().text())
            .setCutCharacters(request.input().cut())
            .setReason(bounded(request.reason(), LONGEST_WORDS));
    request.questions().stream()
        .limit(MOST_ITEMS)
        .forEach(question -> {
          var asked =
              message
                  .addQuestionsBuilder()
                  .setQuestion(bounded(question.question(), LONGEST_WORDS))
                  .setHeader(name(question.header()))
                  .setMultiple(question.multiple());
          question.choices().stream()
              .limit(MOST_ITEMS)
              .forEach(choice ->
                  asked.addChoices(
                      HumanChoice.newBuilder()
                          .setLabel(name(choice.label()))
                          .setDescription(name(choice.description()))));
        });
    return message.build();
  }

  private static Usage used(AgentEvent.Usage usage) {
    var message =
        Usage.newBuilder()
            .setModel(name(usage.model()))
            .setInputTokens(usage.input())
            .setCacheReadTokens(usage.cacheRead())
            .setCacheWriteTokens(usage.cacheWrite())
            .setOutputTokens(usage.output());
    usage.microUsd().ifPresent(message::setCostMicroUsd);
    return message.build();
  }

  private static MessagePart part(AgentEvent.Part part) {
    return MessagePart.valueOf("MESSAGE_PART_" + part.name());
  }

  private static String name(String text) {
    return bounded(text, LONGEST_NAME);
  }

  /** Also without halves of characters, which protobuf does not take. */
  private static String bounded(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
  }
}
