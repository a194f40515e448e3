package dev.berth.controlplane.conversation;

import static dev.berth.sql.db.Tables.CONVERSATION;

import dev.berth.common.Id.ConversationId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;

/** Rows of {@code conversation}. */
@Singleton
final class ConversationRepository {
  private final DSLContext sql;

  ConversationRepository(DSLContext sql) {
    this.sql = sql;
  }

  void insert(ProjectId project, Conversation conversation) {
    sql.insertInto(CONVERSATION)
        .set(CONVERSATION.ID, conversation.id())
        .set(CONVERSATION.PROJECT_ID, project)
        .set(CONVERSATION.SESSION_ID, conversation.session())
        .set(CONVERSATION.PROVIDER, conversation.provider())
        .set(CONVERSATION.WORKING_DIRECTORY, conversation.workingDirectory())
        .execute();
  }

  Optional<Conversation> find(ProjectId project, ConversationId id) {
    return find(CONVERSATION.ID.eq(id).and(CONVERSATION.PROJECT_ID.eq(project)));
  }

  Optional<Conversation> find(ConversationId id) {
    return find(CONVERSATION.ID.eq(id));
  }

  private Optional<Conversation> find(Condition which) {
    return sql.selectFrom(CONVERSATION)
        .where(which)
        .fetchOptional(row ->
            new Conversation(
                row.getId(),
                row.getSessionId(),
                row.getProvider(),
                row.getWorkingDirectory(),
                row.getProviderConversationId()));
  }

  void named(ConversationId id, String name) {
    sql.update(CONVERSATION)
        .set(CONVERSATION.PROVIDER_CONVERSATION_ID, name)
        .set(CONVERSATION.UPDATE_TIME, DatabaseClock.NOW)
        .where(CONVERSATION.ID.eq(id).and(CONVERSATION.PROVIDER_CONVERSATION_ID.ne(name)))
        .execute();
  }
}
