package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.run.ClaimRepository.Room;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
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
  private final Transactions transactions;
  private final Notifications notifications;
  private final IdSource ids;

  Dispatcher(
      ClaimRepository claims,
      Transactions transactions,
      Notifications notifications,
      IdSource ids) {
    this.claims = claims;
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
    return List.of("work");
  }

  @Override
  public void runOnce() {
    List<Claim> claimed;
    do {
      claimed = claim();
    } while (claimed.size() == BATCH);
    List<Claim> limited;
    do {
      limited = transactions.call(this::claimLimited);
    } while (limited.size() >= BATCH);
  }

  /** One batch of runs in queues without a limit; a single statement. */
  List<Claim> claim() {
    return told(claims.claim(null, attemptIds(BATCH)));
  }

  /** What the limits of queues leave room for; of queues that another replica looks at, none. */
  private List<Claim> claimLimited() {
    List<QueueId> locked = claims.lockLimited();
    if (locked.isEmpty()) {
      return List.of();
    }
    List<Claim> claimed = new ArrayList<>();
    for (Room room : claims.room(locked)) {
      if (room.free() > 0) {
        claimed.addAll(claims.claim(room.queue(), attemptIds(Math.min(room.free(), BATCH))));
      }
    }
    return told(claimed);
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
