package dev.berth.controlplane.relay;

import dev.berth.common.Id.CommandId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.RelayLink;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.replica.Replica;
import dev.berth.executor.v1.CommandResult;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.micronaut.scheduling.TaskExecutors;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.concurrent.ExecutorService;

/**
 * Takes the streams that executors open, and hands each to the client call that waits for it: of
 * this replica, or of another, to which it is then joined for as long as both live.
 */
@Singleton
final class ExecutorRelayLink implements RelayLink {

  private final CommandRepository commands;
  private final RelayRegistry registry;
  private final ReplicaRelays others;
  private final Replica replica;
  private final Notifications notifications;
  private final ExecutorService threads;

  ExecutorRelayLink(
      CommandRepository commands,
      RelayRegistry registry,
      ReplicaRelays others,
      Replica replica,
      Notifications notifications,
      @Named(TaskExecutors.VIRTUAL) ExecutorService threads) {
    this.commands = commands;
    this.registry = registry;
    this.others = others;
    this.replica = replica;
    this.notifications = notifications;
    this.threads = threads;
  }

  /** An executor that could not open the stream says why; the waiting call finds it in the row. */
  @Override
  public void commandResult(ExecutorId executor, CommandResult result) {
    CommandId command = CommandId.parse(result.getCommandId());
    if (result.hasFailure()) {
      commands.refuse(command, executor, result.getFailure().getReason());
      notifications.publish("command:" + command);
    }
  }

  @Override
  public StreamObserver<RelayRequest> relay(
      ExecutorId executor, StreamObserver<RelayResponse> responses) {
    MessageStream<RelayRequest, RelayResponse> stream = MessageStream.accept(responses);
    threads.execute(
        Context.current()
            .wrap(() -> {
              try {
                join(executor, stream);
              } catch (RuntimeException e) {
                stream.fail(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                stream.fail(CommonErrors.draining());
              }
            }));
    return stream.inbound();
  }

  private void join(ExecutorId executor, MessageStream<RelayRequest, RelayResponse> stream)
      throws InterruptedException {
    RelayRequest first = stream.read().orElseGet(RelayRequest::getDefaultInstance);
    CommandId id = RelayErrors.command(first);
    Command command =
        commands.pickUp(id, executor).orElseThrow(() -> CommonErrors.notFound("command", id));
    if (!command.replica().equals(replica.id())) {
      RelayJoin.join(stream, others.open(command.replica(), first), threads);
    } else if (!registry.offer(id, stream)) {
      throw CommonErrors.notFound("command", id);
    }
  }
}
