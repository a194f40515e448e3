package dev.berth.controlplane.run;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.queue.QueueService;
import dev.berth.controlplane.run.AdmissionRepository.Asleep;
import dev.berth.controlplane.run.AdmissionRepository.Due;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/**
 * Gives runs their turn whose time has come, and wakes sessions that fell asleep with runs that
 * could start. The making or admission of a run wakes its session already; this is for runs that
 * waited for something else: a time, a retry's time, a queue that was paused.
 */
@Singleton
final class Waking implements Reconciler {
  private static final int BATCH = 100;

  private final AdmissionRepository rows;
  private final RunTurnRepository turns;
  private final SessionService sessions;
  private final Transactions transactions;
  private final Notifications notifications;

  Waking(
      AdmissionRepository rows,
      RunTurnRepository turns,
      SessionService sessions,
      Transactions transactions,
      Notifications notifications) {
    this.rows = rows;
    this.turns = turns;
    this.sessions = sessions;
    this.transactions = transactions;
    this.notifications = notifications;
  }

  @Override
  public String name() {
    return "waking";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(1);
  }

  @Override
  public List<String> topics() {
    return List.of(QueueService.TOPIC);
  }

  @Override
  public void runOnce() {
    List<Due> due;
    do {
      due = rows.due(BATCH);
      due.forEach(run -> transactions.run(() -> giveTurn(run)));
    } while (due.size() == BATCH);
    List<Asleep> asleep;
    do {
      asleep = rows.asleep(BATCH);
      for (Asleep session : asleep) {
        transactions.run(() -> {
          sessions.wake(session.project(), session.session(), Admission.ACTOR);
          rows.admitOne(session.run());
        });
      }
    } while (asleep.size() == BATCH);
  }

  private void giveTurn(Due run) {
    SessionId session = run.session();
    if (session != null) {
      sessions.markActivity(session);
    }
    if (rows.endDelay(run.run())) {
      if (session != null) {
        turns.stepBackFor(session, run.priority());
        turns.promote(session);
      }
      notifications.publish("work");
      notifications.publish(SessionlessFeeds.topic(run.project()));
    }
  }
}
