package dev.berth.controlplane.relay;

import dev.berth.common.Id.CommandId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.replica.Replica;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import io.grpc.Context;
import io.grpc.Status;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens relays for clients of this replica. */
@Singleton
public final class RelayService {

  private static final Logger log = LoggerFactory.getLogger(RelayService.class);

  /** How often a call that waits looks whether its command was refused, hint or none. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final CommandRepository commands;
  private final RelayRegistry registry;
  private final RelayConfig config;
  private final Transactions transactions;
  private final Notifications notifications;
  private final Replica replica;
  private final IdSource ids;

  RelayService(
      CommandRepository commands,
      RelayRegistry registry,
      RelayConfig config,
      Transactions transactions,
      Notifications notifications,
      Replica replica,
      IdSource ids) {
    this.commands = commands;
    this.registry = registry;
    this.config = config;
    this.transactions = transactions;
    this.notifications = notifications;
    this.replica = replica;
    this.ids = ids;
  }

  /** Where an operation is to be done. */
  public record Target(SessionId session, WorkerId worker, ExecutorId executor) {}

  /**
   * Writes the command and waits for the executor's stream, at most as long as configured.
   *
   * <p>The relay ends when the caller closes it or the gRPC context of this call is cancelled.
   *
   * @param alongside what must commit with the command, before it in the transaction
   * @param atEnd what is to commit with its end, before it in the transaction; left out where the
   *     database is away then
   * @throws dev.berth.controlplane.platform.errors.BerthException EXECUTOR_UNREACHABLE, or what the
   *     executor answered instead of opening the stream
   */
  public Relay open(Target target, RelayOperation operation, Runnable alongside, Runnable atEnd)
      throws InterruptedException {
    var command =
        new Command(
            new CommandId(ids.next()),
            target.executor(),
            target.session(),
            target.worker(),
            operation.writes(),
            operation.operation().toByteArray(),
            replica.id());
    Context call = Context.current();
    RelayRegistry.Expected expected = registry.expect(command.id());
    Context.CancellationListener left =
        context ->
            registry.refuse(
                command.id(),
                Status.CANCELLED.withDescription("the client went away").asRuntimeException());
    call.addListener(left, Runnable::run);
    Runnable afterwards =
        () -> {
          call.removeListener(left);
          expected.close();
          finish(command.id(), atEnd);
        };
    try (var _ = notifications.subscribe("command:" + command.id(), expected::refused)) {
      transactions.run(() -> {
        alongside.run();
        commands.insert(command, config.pickUp());
        notifications.publish("executor:" + target.executor());
      });
      Duplex<RelayRequest, RelayResponse> stream = await(command.id(), expected);
      var relay = new Relay(stream, afterwards);
      call.addListener(context -> relay.cancel(), Runnable::run);
      return relay;
    } catch (InterruptedException | RuntimeException e) {
      afterwards.run();
      throw e;
    }
  }

  private Duplex<RelayRequest, RelayResponse> await(
      CommandId command, RelayRegistry.Expected expected) throws InterruptedException {
    long end = System.nanoTime() + config.pickUp().toNanos();
    while (System.nanoTime() - end < 0) {
      Optional<Duplex<RelayRequest, RelayResponse>> stream = expected.await(LOOK);
      if (stream.isPresent()) {
        return stream.get();
      }
      commands
          .failureOf(command)
          .ifPresent(reason -> {
            throw RelayErrors.of(reason);
          });
    }
    throw RelayErrors.unreachable();
  }

  /** Best effort: a command that stays open here is closed by the sweep. */
  private void finish(CommandId command, Runnable atEnd) {
    try {
      transactions.run(() -> {
        atEnd.run();
        boolean open = commands.finish(command, null);
        log.trace("command {} was {}", command, open ? "open" : "closed before");
      });
    } catch (RuntimeException e) {
      log.debug("command {} is left to the sweep", command, e);
    }
  }
}
