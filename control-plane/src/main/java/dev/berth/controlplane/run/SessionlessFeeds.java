package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.queue.QueueService;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The feeds of the executors whose links this replica holds. */
@Singleton
final class SessionlessFeeds {
  private final SessionlessFeed.Parts parts;
  private final Notifications notifications;
  private final Map<ExecutorId, SessionlessFeed> feeds = new ConcurrentHashMap<>();

  SessionlessFeeds(
      SessionlessRepository rows,
      ClaimRepository claims,
      AdmissionRepository admissions,
      Transactions transactions,
      IdSource ids,
      Notifications notifications) {
    this.parts = new SessionlessFeed.Parts(rows, claims, admissions, transactions, ids);
    this.notifications = notifications;
  }

  /** Hinted at where a run without a session waits in a queue without bounds. */
  static String topic(ProjectId project) {
    return "sessionless:" + project;
  }

  /** Hinted at where one is admitted in a queue with bounds. */
  static String admittedTopic(ProjectId project) {
    return "sessionless-admitted:" + project;
  }

  /** Feeds the executor by that link until what is answered is run. */
  Runnable open(Executor executor, Consumer<List<SessionlessStart>> begin) {
    SessionlessFeed feed = new SessionlessFeed(executor, parts, begin);
    feeds.put(executor.id(), feed);
    List<Notifications.Subscription> hints =
        List.of(
            notifications.subscribe(topic(executor.projectId()), feed::wake),
            notifications.subscribe(admittedTopic(executor.projectId()), feed::wakeForAdmitted),
            notifications.subscribe("executor:" + executor.id(), feed::wake),
            notifications.subscribe(QueueService.TOPIC, feed::wake));
    feed.start();
    return () -> {
      hints.forEach(Notifications.Subscription::close);
      feeds.remove(executor.id(), feed);
      feed.close();
    };
  }

  /**
   * The executor has said so: it has room again for as many.
   *
   * @param ran how many of them it had begun
   */
  void over(ExecutorId executor, Collection<AttemptId> attempts, int ran) {
    SessionlessFeed feed = feeds.get(executor);
    if (feed != null) {
      feed.over(attempts, ran);
    }
  }

  /** It is committed. */
  void ended(ExecutorId executor, Collection<AttemptId> attempts) {
    SessionlessFeed feed = feeds.get(executor);
    if (feed != null) {
      feed.ended(attempts);
    }
  }
}
