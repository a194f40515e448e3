package dev.berth.controlplane.project;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.auth.ApiKeys;
import dev.berth.controlplane.platform.config.InstallationConfig;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.StartTask;
import jakarta.inject.Singleton;
import java.nio.file.Path;

/**
 * Makes the configured projects at start, each with a first key: the default project's in {@code
 * $BERTH_HOME/api-key}, those of others in {@code $BERTH_HOME/keys/<project>}.
 */
@Singleton
final class ProjectBootstrap implements StartTask {
  private final InstallationConfig config;
  private final Transactions transactions;
  private final ProjectRepository repository;
  private final ApiKeys keys;
  private final IdSource ids;

  ProjectBootstrap(
      InstallationConfig config,
      Transactions transactions,
      ProjectRepository repository,
      ApiKeys keys,
      IdSource ids) {
    this.config = config;
    this.transactions = transactions;
    this.repository = repository;
    this.keys = keys;
    this.ids = ids;
  }

  @Override
  public void run() {
    Path home = config.homeDirectory();
    for (int i = 0; i < config.projects().size(); i++) {
      String name = config.projects().get(i);
      Path file = i == 0 ? home.resolve("api-key") : home.resolve("keys").resolve(name);
      transactions.run(() -> {
        Project project =
            repository.ensure(new ProjectId(ids.next()), name, Actor.system("first start"));
        keys.ensureFirst(project.id(), file);
      });
    }
  }
}
