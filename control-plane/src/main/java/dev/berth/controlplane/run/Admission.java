package dev.berth.controlplane.run;

import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.run.AdmissionRepository.Admitted;
import dev.berth.controlplane.run.AdmissionRepository.Room;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Picks the runs of a bounded queue that may start as soon as their sessions can, and wakes those:
 * as many as the queue has room for and no more, lest sessions that have to wait anyway take the
 * executors from others. The highest priority first; of one priority the keys take turns, each with
 * its oldest run.
 */
@Singleton
final class Admission {
  static final Actor ACTOR = Actor.system("admission");

  /** How many may be admitted and not yet claimed of a queue that names no lower bound. */
  private static final int AHEAD = 100;

  private final AdmissionRepository rows;
  private final SessionService sessions;
  private final Notifications notifications;

  Admission(AdmissionRepository rows, SessionService sessions, Notifications notifications) {
    this.rows = rows;
    this.sessions = sessions;
    this.notifications = notifications;
  }

  /** In a transaction that holds the queue's turn. Answers how many were admitted. */
  int admit(QueueId queue) {
    Room room = rows.room(queue, AHEAD);
    String key = room.lastKey();
    int free = room.free();
    int below = Integer.MAX_VALUE;
    while (free > 0) {
      Optional<Integer> priority = rows.nextPriority(queue, below);
      if (priority.isEmpty()) {
        break;
      }
      below = priority.get();
      List<Admitted> admitted;
      do {
        admitted = rows.admit(candidates(queue, room.keyed(), below, key, free));
        for (Admitted one : admitted) {
          wake(one);
          key = one.key();
        }
        free -= admitted.size();
      } while (free > 0 && !admitted.isEmpty());
    }
    int count = room.free() - free;
    if (room.keyed() && count > 0) {
      rows.servedLast(queue, key);
    }
    return Math.max(0, count);
  }

  private void wake(Admitted run) {
    if (run.session() == null) {
      notifications.publish(SessionlessFeeds.admittedTopic(run.project()));
    } else {
      sessions.wake(run.project(), run.session(), ACTOR);
    }
  }

  /** In the order in which they are served, at most one of each key. */
  private List<RunId> candidates(
      QueueId queue, boolean keyed, int priority, String key, int limit) {
    if (!keyed) {
      return rows.oldest(queue, priority, limit);
    }
    List<String> full = rows.fullKeys(queue);
    List<RunId> found = new ArrayList<>(rows.behind(queue, priority, key, full, limit));
    if (found.size() < limit) {
      found.addAll(rows.upTo(queue, priority, key, full, limit - found.size()));
    }
    return found;
  }
}
