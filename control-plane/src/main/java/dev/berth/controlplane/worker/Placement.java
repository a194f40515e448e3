package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.Capacity;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorState;
import dev.berth.controlplane.manifest.RuntimeManifest;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionSpec.Limits;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Chooses where a session's next worker is made. A function of what it is given. The executor of a
 * copy that binds is the only choice, also where that is cordoned; else every executor that is
 * ready, carries the labels, provides the hardening, is in service and has room is one, and that
 * with a clean copy is preferred, then that with a container ready that fits, then that with most
 * room. Pooled containers take no room: they make way for workers.
 *
 * <p>A capacity of zero thousandths or bytes is one the agent does not know, and bounds nothing;
 * the number of workers always bounds.
 */
final class Placement {
  static final String NO_EXECUTOR = "NO_EXECUTOR";

  /** Whether an executor leads to models: among what it says of its host's protections. */
  private static final String MODELS = "model-gateway";

  static final String NO_CAPACITY = "NO_CAPACITY";

  /** Where the worker goes, or why it goes nowhere now. */
  sealed interface Choice {
    record Place(Executor executor) implements Choice {}

    record Wait(String reason, String message) implements Choice {}
  }

  private final Session session;
  private final List<Executor> connected;
  private final Map<ExecutorId, Capacity> used;
  private final Map<ExecutorId, Copy> copies;
  private final Set<ExecutorId> warm;

  /**
   * @param connected the executors of the session's project that have a link
   * @param copies those of the session
   * @param warm executors with a pooled container that fits the session
   */
  Placement(
      Session session,
      List<Executor> connected,
      Map<ExecutorId, Capacity> used,
      List<Copy> copies,
      Set<ExecutorId> warm) {
    this.session = session;
    this.connected = connected;
    this.used = used;
    this.warm = warm;
    this.copies = copies.stream().collect(Collectors.toMap(Copy::executorId, copy -> copy));
  }

  Choice choose() {
    List<Copy> binding = binding();
    if (!binding.isEmpty()) {
      return bound(binding.getFirst());
    }
    List<Executor> left = connected.stream().filter(e -> e.link().ready()).toList();
    if (left.isEmpty()) {
      return new Choice.Wait(
          NO_EXECUTOR,
          connected.isEmpty()
              ? "No executor is connected"
              : "No connected executor can take work: "
                  + connected.getFirst().link().notReadyReason());
    }
    left = left.stream().filter(this::carriesTheLabels).toList();
    if (left.isEmpty()) {
      return new Choice.Wait(
          NO_EXECUTOR,
          "No connected executor has the labels " + words(session.spec().placementLabels()));
    }
    left = left.stream().filter(this::isHardened).toList();
    if (left.isEmpty()) {
      return new Choice.Wait(
          NO_EXECUTOR,
          "No matching executor provides " + words(session.spec().requiredHardening()));
    }
    List<Executor> matching = left;
    left = left.stream().filter(Placement::inService).toList();
    if (left.isEmpty()) {
      return new Choice.Wait(
          NO_EXECUTOR, "Cordoned or being drained: " + names(matching) + "; no other matches");
    }
    left = left.stream().filter(this::bringsAbout).toList();
    if (left.isEmpty()) {
      return new Choice.Wait(NO_EXECUTOR, "No matching executor allows " + mounts());
    }
    List<Executor> open = left.stream().filter(this::hasNoLeavingCopy).toList();
    if (open.isEmpty()) {
      return new Choice.Wait(
          NO_EXECUTOR, "An earlier copy of its files is being saved or removed there first");
    }
    List<Executor> roomy = open.stream().filter(e -> !e.diskNearlyFull()).toList();
    if (roomy.isEmpty()) {
      return new Choice.Wait(
          NO_CAPACITY, "More than 85 % of the disk are in use on " + names(open));
    }
    return roomy.stream()
        .filter(this::hasRoom)
        .max(
            Comparator.comparing(this::cached)
                .thenComparing(e -> warm.contains(e.id()))
                .thenComparing(this::room))
        .<Choice>map(Choice.Place::new)
        .orElseGet(() -> full(roomy));
  }

  /** Where the worker could go if only there were room. */
  List<Executor> fitting() {
    List<Copy> binding = binding();
    if (!binding.isEmpty()) {
      ExecutorId only = binding.getFirst().executorId();
      return connected.stream().filter(e -> e.id().equals(only)).toList();
    }
    return connected.stream()
        .filter(e -> e.link().ready())
        .filter(this::carriesTheLabels)
        .filter(this::isHardened)
        .filter(Placement::inService)
        .filter(this::hasNoLeavingCopy)
        .filter(e -> !e.diskNearlyFull())
        .toList();
  }

  private static boolean inService(Executor executor) {
    return executor.state() == ExecutorState.ACTIVE;
  }

  private List<Copy> binding() {
    return copies.values().stream().filter(Copy::binds).toList();
  }

  private boolean carriesTheLabels(Executor executor) {
    return executor.labels().entrySet().containsAll(session.spec().placementLabels().entrySet());
  }

  private boolean isHardened(Executor executor) {
    return executor
            .hardening()
            .entrySet()
            .containsAll(session.spec().requiredHardening().entrySet())
        && (!session.spec().limits().network().equals(Limits.GATEWAY)
            || "yes".equals(executor.hardening().get(MODELS)));
  }

  private boolean hasNoLeavingCopy(Executor executor) {
    Copy copy = copies.get(executor.id());
    return copy == null || !copy.leaving();
  }

  private Choice bound(Copy copy) {
    return connected.stream()
        .filter(e -> e.id().equals(copy.executorId()))
        .findFirst()
        .<Choice>map(this::boundTo)
        .orElseGet(() ->
            new Choice.Wait(
                NO_EXECUTOR,
                "Executor "
                    + copy.executorId()
                    + " holds work that no snapshot has, and is not connected"));
  }

  private Choice boundTo(Executor executor) {
    if (!bringsAbout(executor)) {
      return new Choice.Wait(
          NO_EXECUTOR,
          "Executor "
              + executor.id()
              + " holds work that no snapshot has, and does not allow "
              + mounts());
    }
    return hasRoom(executor) ? new Choice.Place(executor) : full(List.of(executor));
  }

  /** Whether it applies manifests and allows the mounts of the session's. */
  private boolean bringsAbout(Executor executor) {
    RuntimeManifest manifest = session.spec().manifest();
    return manifest.isEmpty()
        || (executor.agent().features().contains(Executor.Agent.MANIFEST)
            && executor.agent().mounts().containsAll(manifest.mountNames()));
  }

  private String mounts() {
    Set<String> names = session.spec().manifest().mountNames();
    return names.isEmpty()
        ? "manifests: its agent is too old"
        : names.stream().sorted().collect(Collectors.joining(", ", "the mounts ", ""));
  }

  private Choice full(List<Executor> executors) {
    Limits limits = session.spec().limits();
    return new Choice.Wait(
        NO_CAPACITY,
        "No room for a worker of %d mCPU and %d MiB on %s"
            .formatted(limits.cpuMillis(), limits.memoryBytes() >> 20, names(executors)));
  }

  private static String names(List<Executor> executors) {
    return executors.stream()
        .map(Executor::name)
        .sorted()
        .limit(5)
        .collect(Collectors.joining(", "));
  }

  private boolean hasRoom(Executor executor) {
    return hasRoom(
        executor, used.getOrDefault(executor.id(), Capacity.NONE), session.spec().limits());
  }

  /** Whether a worker of these limits has room beside what is taken already. */
  static boolean hasRoom(Executor executor, Capacity takes, Limits limits) {
    Capacity has = executor.capacity();
    return takes.workers() < has.workers()
        && fits(has.cpuMillis(), takes.cpuMillis(), limits.cpuMillis())
        && fits(has.memoryBytes(), takes.memoryBytes(), limits.memoryBytes());
  }

  /** What one worker of these limits takes. */
  static Capacity share(Limits limits) {
    return new Capacity(1, limits.cpuMillis(), limits.memoryBytes(), limits.diskBytes());
  }

  private static boolean fits(long has, long taken, long wanted) {
    return has == 0 || taken + wanted <= has;
  }

  private boolean cached(Executor executor) {
    Copy copy = copies.get(executor.id());
    return copy != null && copy.state() == CopyState.PRESENT;
  }

  private int room(Executor executor) {
    return executor.capacity().workers()
        - used.getOrDefault(executor.id(), Capacity.NONE).workers();
  }

  private static String words(Map<String, String> pairs) {
    return pairs.entrySet().stream()
        .map(pair -> pair.getKey() + "=" + pair.getValue())
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
