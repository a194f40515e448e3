package dev.berth.controlplane.provider;

import dev.berth.common.Id.ProjectId;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What may be asked of the providers of agent programs. */
@Singleton
public final class AgentProviderService {
  private final AgentProviderRepository providers;

  AgentProviderService(AgentProviderRepository providers) {
    this.providers = providers;
  }

  /** Those of that key; none where it drives no agent program. */
  public List<AgentProvider> find(ProjectId project, String key) {
    return providers.find(project, key);
  }

  /**
   * Refuses what none of them takes, naming the field. An executor of another build may still
   * refuse it when the run has come there.
   *
   * @param candidates those of the key
   * @param spec null where the request has none
   */
  public static void require(String key, List<AgentProvider> candidates, @Nullable AgentSpec spec) {
    if (candidates.isEmpty()) {
      if (spec != null) {
        throw AgentErrors.noAgent(key);
      }
      return;
    }
    if (spec == null) {
      throw AgentErrors.noPrompt(key);
    }
    List<AgentProvider> able =
        candidates.stream().filter(one -> one.refuses(spec).isEmpty()).toList();
    if (able.isEmpty()) {
      throw AgentErrors.unsupported(key, candidates.getFirst().refuses(spec).orElseThrow());
    }
    if (able.stream().allMatch(one -> one.misfit(spec).isPresent())) {
      AgentProvider one = able.getFirst();
      String option = one.misfit(spec).orElseThrow();
      throw AgentErrors.misfit(option, Objects.requireNonNull(one.options().get(option)));
    }
  }
}
