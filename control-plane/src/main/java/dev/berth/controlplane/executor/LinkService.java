package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.replica.Replica;
import dev.berth.controlplane.platform.store.StoreEndpoint;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rows behind links: who holds which executor, by which epoch, and until when. Whatever a link
 * writes is conditional on its epoch.
 */
@Singleton
final class LinkService {
  static final int PROTOCOL = 1;
  static final int OLDEST_PROTOCOL = 1;

  private final LinkRepository links;
  private final ExecutorRepository executors;
  private final Transactions transactions;
  private final EventService events;
  private final Notifications notifications;
  private final Replica replica;
  private final StoreEndpoint store;

  LinkService(
      LinkRepository links,
      ExecutorRepository executors,
      Transactions transactions,
      EventService events,
      Notifications notifications,
      Replica replica,
      StoreEndpoint store) {
    this.links = links;
    this.executors = executors;
    this.transactions = transactions;
    this.events = events;
    this.notifications = notifications;
    this.replica = replica;
    this.store = store;
  }

  /** The newest version both speak; FAILED_PRECONDITION where there is none. */
  static int agree(int oldest, int newest) {
    if (newest < OLDEST_PROTOCOL || oldest > PROTOCOL) {
      throw ExecutorErrors.protocolVersion(oldest, newest);
    }
    return Math.min(newest, PROTOCOL);
  }

  /** FAILED_PRECONDITION for an executor of another host while the store is on our loopback. */
  void requireStoreReachable(@Nullable SocketAddress peer) {
    boolean local =
        peer instanceof InetSocketAddress address && address.getAddress().isLoopbackAddress();
    if (!local && store.onLoopback()) {
      throw ExecutorErrors.storeOnLoopback();
    }
  }

  /** Takes the executor over with a new epoch, and runs {@code greet} in the same transaction. */
  <T> T open(ExecutorId id, Greeting greeting, Function<Executor, T> greet) {
    return transactions.call(() -> {
      Executor executor =
          links.open(id, replica.id(), greeting).orElseThrow(ExecutorErrors::revoked);
      T answer = greet.apply(executor);
      events.record(
          ExecutorEvents.fact(
              executor,
              new Actor(Actor.Kind.EXECUTOR, id.toString(), null),
              "executor.connected",
              "Connected"));
      notifications.publish("executor:" + id);
      notifications.publish("work");
      return answer;
    });
  }

  /** Renews the lease; throws where the link is not the newest or its lease is over. */
  void renew(ExecutorId id, long epoch, LinkRepository.Pulse pulse) {
    boolean before =
        transactions
            .call(() -> links.renew(id, epoch, pulse))
            .orElseThrow(() -> outdated(id, epoch));
    if (before != pulse.ready()) {
      notifications.publish("executor:" + id);
      notifications.publish("work");
    }
  }

  /** Runs the work in a transaction in which the link cannot be superseded. */
  void fenced(ExecutorId id, long epoch, Runnable work) {
    transactions.run(() -> {
      if (!links.fence(id, epoch)) {
        throw outdated(id, epoch);
      }
      work.run();
    });
  }

  void requireCurrent(ExecutorId id, long epoch) {
    if (!links.isCurrent(id, epoch)) {
      throw outdated(id, epoch);
    }
  }

  /** The link has ended; the lease goes on until its time is over. */
  void close(ExecutorId id, long epoch) {
    transactions.run(() -> {
      if (links.close(id, epoch)) {
        events.record(
            ExecutorEvents.fact(
                executors.find(id).orElseThrow(),
                new Actor(Actor.Kind.EXECUTOR, id.toString(), null),
                "executor.disconnected",
                "Its link ended"));
        notifications.publish("work");
      }
    });
  }

  private RuntimeException outdated(ExecutorId id, long epoch) {
    boolean newest =
        executors.find(id).map(executor -> executor.link().epoch() == epoch).orElse(false);
    return newest ? ExecutorErrors.leaseOver() : ExecutorErrors.superseded();
  }
}
