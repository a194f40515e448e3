package dev.berth.controlplane.provider;

import static dev.berth.sql.db.Tables.EXECUTOR;

import dev.berth.common.Id.ProjectId;
import jakarta.inject.Singleton;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** What the executors of a project have said of their providers. */
@Singleton
final class AgentProviderRepository {
  private final DSLContext sql;

  AgentProviderRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** One for each executor that has it. */
  List<AgentProvider> find(ProjectId project, String key) {
    return sql
        .select(EXECUTOR.AGENT_PROVIDERS)
        .from(EXECUTOR)
        .where(EXECUTOR.PROJECT_ID.eq(project).and(DSL.val(key).eq(DSL.any(EXECUTOR.PROVIDERS))))
        .and(EXECUTOR.STATE.ne("DELETED"))
        .fetch(row -> AgentJson.providers(row.value1().data()))
        .stream()
        .flatMap(List::stream)
        .filter(provider -> provider.key().equals(key))
        .toList();
  }
}
