package dev.berth.controlplane.conversation;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;

/** Refusals of turns. */
final class ConversationErrors {
  private ConversationErrors() {}

  static BerthException notFound(Object id) {
    return CommonErrors.notFound("conversation", id);
  }

  /**
   * @param field of the run that does not fit it
   */
  static BerthException mismatch(Conversation conversation, String field, Object expected) {
    return BerthException.of(
            ErrorReason.CONVERSATION_MISMATCH,
            "%s goes on with %s %s only".formatted(conversation.id(), field, expected))
        .with("id", conversation.id())
        .with("field", field)
        .with("expected", expected)
        .violation(field, "must be " + expected + ", as the conversation has it");
  }
}
