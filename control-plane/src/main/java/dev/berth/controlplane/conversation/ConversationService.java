package dev.berth.controlplane.conversation;

import dev.berth.common.Id.ConversationId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import jakarta.inject.Singleton;

/** Conversations as runs begin them and go on with them. Joins its callers' transactions. */
@Singleton
public final class ConversationService {
  private final ConversationRepository conversations;
  private final IdSource ids;

  ConversationService(ConversationRepository conversations, IdSource ids) {
    this.conversations = conversations;
    this.ids = ids;
  }

  public ConversationId begin(
      ProjectId project, SessionId session, String provider, String workingDirectory) {
    var id = new ConversationId(ids.next());
    conversations.insert(project, new Conversation(id, session, provider, workingDirectory, ""));
    return id;
  }

  /** Refuses a turn that does not fit the conversation. */
  public ConversationId resume(
      ProjectId project,
      ConversationId id,
      SessionId session,
      String provider,
      String workingDirectory) {
    Conversation found =
        conversations.find(project, id).orElseThrow(() -> ConversationErrors.notFound(id));
    if (!found.session().equals(session)) {
      throw ConversationErrors.mismatch(found, "session_id", found.session());
    }
    if (!found.provider().equals(provider)) {
      throw ConversationErrors.mismatch(found, "spec.provider", found.provider());
    }
    if (!found.workingDirectory().equals(workingDirectory)) {
      throw ConversationErrors.mismatch(found, "spec.working_directory", found.workingDirectory());
    }
    return id;
  }

  public Conversation get(ConversationId id) {
    return conversations.find(id).orElseThrow(() -> ConversationErrors.notFound(id));
  }

  /** Its program has begun it, or has gone on with it, under that name. */
  public void named(ConversationId id, String name) {
    conversations.named(id, name);
  }
}
