package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.JournalWatcher;
import dev.berth.executor.journal.Position;
import dev.berth.executor.mask.Mask;
import dev.berth.executor.process.AttemptStore.Intent;
import dev.berth.executor.process.AttemptStore.Offsets;
import dev.berth.executor.provider.Provider;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All attempts of this agent. Every method is idempotent by attempt and safe from any thread; a
 * method on an attempt that is not (or no longer) held does nothing. Nothing here ends with the
 * agent: processes go on, and {@link #recover} in the next agent finds them.
 */
public final class Processes implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Processes.class);
  private static final String JOURNAL = "journal";
  private static final String PRIVATE = "private";

  private final ContainerRuntime runtime;
  private final Freezer freezer;
  private final Residents residents;
  private final Launcher launcher;
  private final Map<String, Provider> providers;
  private final ProcessListener listener;
  private final ArtifactKeeper artifacts;
  private final ModelAccess models;
  private final ProcessLimits limits;
  private final JournalWatcher watcher;
  private final Clock clock;
  private final Map<AttemptId, Attempt> attempts = new ConcurrentHashMap<>();

  /** By container: the attempt whose processes may be in it. */
  private final Map<String, AttemptId> busy = new ConcurrentHashMap<>();

  private volatile boolean closed;

  public Processes(
      ContainerRuntime runtime,
      Freezer freezer,
      Residents residents,
      List<Provider> providers,
      ProcessListener listener,
      ArtifactKeeper artifacts,
      ModelAccess models,
      ProcessLimits limits,
      JournalWatcher watcher,
      Clock clock) {
    this.runtime = runtime;
    this.freezer = freezer;
    this.residents = residents;
    this.launcher = new Launcher(runtime, new HostProcesses(Path.of("/proc")));
    this.providers =
        providers.stream().collect(Collectors.toMap(Provider::key, Function.identity()));
    this.listener = listener;
    this.artifacts = artifacts;
    this.models = models;
    this.limits = limits;
    this.watcher = watcher;
    this.clock = clock;
  }

  /**
   * Where a worker's journals are on the host, to be mounted at {@link Wrapper#MOUNT}; made if
   * missing.
   */
  public static Path journalRoot(Path workerDirectory) throws IOException {
    var root = workerDirectory.resolve(JOURNAL);
    Journal.createRoot(root);
    return root;
  }

  /**
   * Starts an attempt. When this returns the intent is on disk; whatever becomes of it is told by
   * its batches, a failed start too. Starting one that is held is a replay and does nothing.
   *
   * @throws IOException if the host's disk refuses; then nothing was started
   * @throws IllegalStateException if the container is used by another attempt, or the provider is
   *     unknown
   */
  public void start(StartRequest request) throws IOException {
    provider(request.provider());
    if (attempts.containsKey(request.attempt())) {
      return;
    }
    var holder = busy.putIfAbsent(request.container(), request.attempt());
    if (holder != null && !holder.equals(request.attempt())) {
      throw new IllegalStateException("the worker still runs " + holder);
    }
    try {
      var intent = intent(request);
      var store =
          AttemptStore.create(privateDirectory(request.workerDirectory(), request.attempt()));
      if (store.intent().isPresent()) {
        resume(request.workerDirectory(), request.attempt());
        return;
      }
      var directory = journalRoot(request.workerDirectory()).resolve(request.attempt().toString());
      Journal.delete(directory);
      var journal = Journal.create(directory, request.input(), request.interactive());
      store.intent(intent);
      var attempt = attempt(intent, store, journal, directory, request, false);
      attempt.adopt(Optional.of(Position.START));
      begin(request.attempt(), attempt, directory);
    } catch (IOException | RuntimeException e) {
      busy.remove(request.container(), request.attempt());
      throw e;
    }
  }

  private Intent intent(StartRequest request) {
    var now = clock.instant();
    return new Intent(
        request.attempt().toString(),
        request.run().toString(),
        request.worker().toString(),
        request.container(),
        request.provider(),
        request.user(),
        now.toEpochMilli(),
        now.plus(request.timeout()).toEpochMilli(),
        request.grace().toMillis(),
        request.disk().toString(),
        request.session().toString(),
        request.artifacts(),
        request.opening(),
        request.secrets().size(),
        request.modelKey());
  }

  /**
   * Takes up what an earlier agent left in a worker's directory. Processes are looked after from
   * now on (limits, time, ends), and say nothing before {@link #adopt}.
   */
  public List<ProcessInfo> recover(Path workerDirectory) throws IOException {
    var found = new ArrayList<ProcessInfo>();
    for (var id : AttemptStore.list(workerDirectory.resolve(PRIVATE))) {
      resume(workerDirectory, id);
      var attempt = attempts.get(id);
      if (attempt != null) {
        found.add(attempt.info());
      }
    }
    return found;
  }

  private void resume(Path workerDirectory, AttemptId id) throws IOException {
    if (attempts.containsKey(id)) {
      return;
    }
    var store = new AttemptStore(privateDirectory(workerDirectory, id));
    var directory = journalRoot(workerDirectory).resolve(id.toString());
    var intent = store.intent();
    if (intent.isEmpty()) {
      // The agent fell before the intent, so nothing was started.
      Journal.delete(directory);
      store.delete();
      return;
    }
    if (store.settled().isEmpty()) {
      busy.put(intent.get().container(), id);
      var key = Objects.requireNonNullElse(intent.get().modelKey(), "");
      if (!key.isEmpty()) {
        models.reopen(id, intent.get().container(), key);
      }
    }
    Journal journal;
    var damaged = false;
    try {
      journal = Journal.open(directory);
    } catch (IOException e) {
      // Someone made it unreadable: an empty one takes its place until the end is told.
      LOG.warn("the journal of {} cannot be opened again: {}", id, e.getMessage());
      Journal.delete(directory);
      journal = Journal.create(directory, new byte[0], false);
      damaged = true;
    }
    begin(id, attempt(intent.get(), store, journal, directory, null, damaged), directory);
  }

  private Attempt attempt(
      Intent intent,
      AttemptStore store,
      Journal journal,
      Path directory,
      @Nullable StartRequest request,
      boolean damaged)
      throws IOException {
    var id = AttemptId.parse(intent.attempt());
    Offsets offsets = store.offsets();
    var provider = provider(intent.provider());
    var opening = Objects.requireNonNullElse(intent.opening(), "");
    var feed =
        new OutputFeed(
            RunId.parse(intent.run()),
            id,
            new MaskedJournal(journal, Mask.EVERYTHING),
            state -> provider.dialogue(opening, state),
            limits,
            offsets);
    if (request != null) {
      feed.mask(Mask.of(request.secrets().stream().map(SecretValue::value).toList()));
    } else if (intent.secretCount() == 0) {
      feed.mask(Mask.of(List.of()));
    }
    var context =
        new AttemptContext(
            runtime,
            freezer,
            residents,
            launcher,
            listener,
            artifacts,
            limits,
            clock,
            directory,
            settled -> {
              models.close(settled);
              busy.remove(intent.container(), settled);
            },
            attempts::remove);
    return new Attempt(context, intent, store, journal, feed, offsets, request, damaged);
  }

  private void begin(AttemptId id, Attempt attempt, Path directory) {
    attempts.put(id, attempt);
    var watch = watcher.watch(directory, attempt::grown);
    Thread.ofVirtual().name("attempt-" + id).start(() -> attempt.run(watch));
    if (closed) {
      attempt.close();
    }
  }

  private Provider provider(String key) {
    var provider = providers.get(key);
    if (provider == null) {
      throw new IllegalStateException("no provider " + key + " on this executor");
    }
    return provider;
  }

  private static Path privateDirectory(Path workerDirectory, AttemptId attempt) {
    return workerDirectory.resolve(PRIVATE).resolve(attempt.toString());
  }

  static void delete(Intent intent, AttemptStore store, AttemptContext context) throws IOException {
    LOG.debug("attempt {} is settled and forgotten", intent.attempt());
    Journal.delete(context.journalDirectory());
    store.delete();
  }

  /**
   * Says everything of an attempt (again) from a position: the one the control plane has committed,
   * or, where it is not known, the one the agent last saw acknowledged. Also after each
   * reconnection, since what was on its way may be lost.
   */
  public void adopt(AttemptId attempt, Optional<Position> acked) {
    with(attempt, a -> a.adopt(acked));
  }

  /**
   * The values that an attempt's process was given, for one that an earlier agent started: of such
   * a one nothing is said before this. Where they are not all of them, all it prints is hidden.
   */
  public void mask(AttemptId attempt, List<String> values) {
    with(attempt, a -> a.mask(values));
  }

  /**
   * The control plane has committed everything before a position; once that is the end, the attempt
   * is forgotten.
   */
  public void acked(AttemptId attempt, Position position) {
    with(attempt, a -> a.acked(position));
  }

  /**
   * Gives the attempt's process an input, once it runs; the answer is told when it is given. One of
   * an attempt that is not held, or has ended, is not answered.
   */
  public void give(InputOrder order, InputOrder.Answer answer) {
    with(order.attempt(), a -> a.give(order, answer));
  }

  /**
   * Ends the attempt's processes: TERM, grace, KILL. Its last batch says why; the first reason
   * given stands.
   */
  public void stop(AttemptId attempt, Duration grace, StopReason reason) {
    with(attempt, a -> a.ask(reason, grace));
  }

  /**
   * Ends the attempt's processes at once and forgets it: nobody wants to hear of it any more, so no
   * batch of it is handed on from now on, not even its end.
   */
  public void discard(AttemptId attempt) {
    with(attempt, Attempt::discard);
  }

  private void with(AttemptId id, Consumer<Attempt> action) {
    var attempt = attempts.get(id);
    if (attempt != null) {
      action.accept(attempt);
    }
  }

  /** Everything held, ended or not. */
  public List<ProcessInfo> list() throws IOException {
    return attempts.values().stream().map(Attempt::info).toList();
  }

  /** The way to models, for attempts that are to be started. */
  public ModelAccess models() {
    return models;
  }

  /** Whether processes of an attempt may be in the container. */
  public boolean busy(String container) {
    return busy.containsKey(container);
  }

  /** Lets go of everything without ending any process. */
  @Override
  public void close() {
    closed = true;
    attempts.values().forEach(Attempt::close);
  }
}
