package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Turns waiting runs into attempts of the executors that hold their sessions' workers. Any number
 * of replicas may do so at once: a run is claimed by one of them, once.
 */
@Singleton
public class Dispatcher implements Reconciler {
  static final int BATCH = 100;

  private final ClaimRepository claims;
  private final AdmissionRepository admissions;
  private final Admission admission;
  private final Transactions transactions;
  private final Notifications notifications;
  private final IdSource ids;

  Dispatcher(
      ClaimRepository claims,
      AdmissionRepository admissions,
      Admission admission,
      Transactions transactions,
      Notifications notifications,
      IdSource ids) {
    this.claims = claims;
    this.admissions = admissions;
    this.admission = admission;
    this.transactions = transactions;
    this.notifications = notifications;
    this.ids = ids;
  }

  @Override
  public String name() {
    return "dispatcher";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(1);
  }

  @Override
  public List<String> topics() {
    return List.of("work", "ready");
  }

  @Override
  public void runOnce() {
    List<Claim> claimed;
    do {
      claimed = claim();
    } while (claimed.size() == BATCH);
    boolean more;
    do {
      more = transactions.call(this::admitAndClaim);
    } while (more);
  }

  /** One batch of runs in queues without bounds; a single statement. */
  List<Claim> claim() {
    return told(claims.claim(attemptIds(BATCH)));
  }

  /**
   * One batch of runs in bounded queues, but for those that another replica looks at. Answers
   * whether there may be more.
   */
  private boolean admitAndClaim() {
    List<QueueId> queues = admissions.lockTurns();
    if (queues.isEmpty()) {
      return false;
    }
    admissions.forgetStarts(queues);
    int admitted = queues.stream().mapToInt(admission::admit).sum();
    List<Claim> claimed = told(claims.claimAdmitted(queues, attemptIds(BATCH)));
    return admitted > 0 && !claimed.isEmpty() || claimed.size() == BATCH;
  }

  private List<AttemptId> attemptIds(int count) {
    return IntStream.range(0, count).mapToObj(i -> new AttemptId(ids.next())).toList();
  }

  private List<Claim> told(List<Claim> claimed) {
    for (Claim claim : claimed) {
      notifications.publish("executor:" + claim.executor());
      notifications.publish("run:" + claim.run());
    }
    return claimed;
  }
}
