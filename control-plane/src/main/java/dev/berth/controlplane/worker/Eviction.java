package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.executor.Capacity;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.session.SessionSpec.Limits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which idle sessions leave so that those that wait get their room, each waiting one in its turn:
 * no more than it needs, the longest idle first. Room that comes free by itself is given out before
 * anybody has to go. A function of what it is given.
 */
final class Eviction {
  private final Map<ExecutorId, Capacity> taken = new HashMap<>();
  private final Map<ExecutorId, List<Tenant>> idle = new HashMap<>();
  private final List<SessionId> order;

  /**
   * @param tenants the live workers of the project
   * @param idle sessions that may be evicted, the longest idle first
   */
  Eviction(List<Tenant> tenants, List<SessionId> idle) {
    this.order = idle;
    for (Tenant tenant : tenants) {
      if (!tenant.leaving()) {
        taken.merge(tenant.executor(), tenant.takes(), Capacity::plus);
      }
    }
    tenants.stream()
        .filter(tenant -> !tenant.leaving() && idle.contains(tenant.session()))
        .sorted(Comparator.comparingInt(tenant -> idle.indexOf(tenant.session())))
        .forEach(tenant ->
            this.idle.computeIfAbsent(tenant.executor(), any -> new ArrayList<>()).add(tenant));
  }

  /** Who has to go for a session of these limits; its room is counted as taken from now on. */
  List<SessionId> makeRoom(List<Executor> fitting, Limits limits) {
    Optional<Plan> plan =
        fitting.stream()
            .map(executor -> plan(executor, limits))
            .flatMap(Optional::stream)
            .min(
                Comparator.<Plan>comparingInt(p -> p.leave().size())
                    .thenComparingInt(
                        p -> p.leave().isEmpty() ? 0 : order.indexOf(p.leave().getFirst())));
    plan.ifPresent(this::take);
    return plan.map(Plan::leave).orElse(List.of());
  }

  private record Plan(ExecutorId executor, List<SessionId> leave, Capacity takenThen) {}

  private Optional<Plan> plan(Executor executor, Limits limits) {
    Capacity takes = taken.getOrDefault(executor.id(), Capacity.NONE);
    List<SessionId> leave = new ArrayList<>();
    for (Tenant tenant : idle.getOrDefault(executor.id(), List.of())) {
      if (Placement.hasRoom(executor, takes, limits)) {
        break;
      }
      takes = takes.minus(tenant.takes());
      leave.add(tenant.session());
    }
    return Placement.hasRoom(executor, takes, limits)
        ? Optional.of(new Plan(executor.id(), leave, takes.plus(Placement.share(limits))))
        : Optional.empty();
  }

  private void take(Plan plan) {
    taken.put(plan.executor(), plan.takenThen());
    idle.getOrDefault(plan.executor(), List.of())
        .removeIf(tenant -> plan.leave().contains(tenant.session()));
  }
}
