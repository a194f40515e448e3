package dev.berth.controlplane.relay;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.LinkOrder;
import dev.berth.controlplane.executor.OrderSource;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.FileOperation;
import dev.berth.executor.v1.OpenRelay;
import jakarta.inject.Singleton;
import java.util.List;

/** Tells executors which relays to open: their open commands. */
@Singleton
final class RelayOrders implements OrderSource {

  private static final int AT_ONCE = 500;

  private final CommandRepository commands;

  RelayOrders(CommandRepository commands) {
    this.commands = commands;
  }

  @Override
  public List<LinkOrder> outstanding(ExecutorId executor) {
    return commands.outstanding(executor, AT_ONCE).stream().map(RelayOrders::order).toList();
  }

  private static LinkOrder order(CommandRepository.Order order) {
    Command command = order.command();
    var message =
        OpenRelay.newBuilder()
            .setCommandId(command.id().toString())
            .setSessionId(command.session().toString())
            .setWorkerId(command.worker().toString())
            .setGeneration(order.generation())
            .setOperation(operation(command.payload()));
    return new LinkOrder(
        command.id().toString(), 0, ConnectResponse.newBuilder().setOpenRelay(message).build());
  }

  private static FileOperation operation(byte[] payload) {
    try {
      return FileOperation.parseFrom(payload);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a command's payload is no file operation", e);
    }
  }
}
