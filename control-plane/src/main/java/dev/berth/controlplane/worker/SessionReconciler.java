package dev.berth.controlplane.worker;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.session.WaitingSession;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes one step with every session whose wish and state differ, each in a transaction. */
@Singleton
public final class SessionReconciler implements Reconciler {
  private static final int PAGE = 200;
  private static final Logger log = LoggerFactory.getLogger(SessionReconciler.class);

  private final Transactions transactions;
  private final SessionProgress sessions;
  private final SessionSteps steps;

  SessionReconciler(Transactions transactions, SessionProgress sessions, SessionSteps steps) {
    this.transactions = transactions;
    this.sessions = sessions;
    this.steps = steps;
  }

  @Override
  public String name() {
    return "sessions";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(1);
  }

  @Override
  public List<String> topics() {
    return List.of("work", SessionService.WISHES);
  }

  @Override
  public void runOnce() {
    @Nullable SessionId after = null;
    List<SessionId> page;
    do {
      page = sessions.unsettled(after, PAGE);
      for (SessionId id : page) {
        step(id);
        after = id;
      }
    } while (page.size() == PAGE);
    placeWaiting();
  }

  /**
   * Tries those that found no place, behind all others: where one still finds none, those that ask
   * for the same are not tried. So any number of them costs the others no more than one.
   */
  private void placeWaiting() {
    Set<String> placeless = new HashSet<>();
    List<WaitingSession> first;
    do {
      first = sessions.firstWaiting(placeless);
      for (WaitingSession session : first) {
        step(session.id());
        if (transactions.call(() -> sessions.stillWaits(session))) {
          placeless.add(session.alike());
        }
      }
    } while (!first.isEmpty());
  }

  /** A session that fails does not keep the others from their steps. */
  private void step(SessionId id) {
    try {
      transactions.run(() -> sessions.tryLock(id).ifPresent(this::step));
    } catch (RuntimeException e) {
      log.warn("no step with {}", id, e);
    }
  }

  private void step(Session session) {
    steps.step(session);
  }
}
