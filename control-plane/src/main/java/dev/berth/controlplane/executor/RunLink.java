package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.RunInputReport;
import dev.berth.executor.v1.RunInventory;
import dev.berth.executor.v1.RunOrder;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** What an executor says of attempts. */
public interface RunLink {

  /**
   * Says for each attempt of the inventory whether it is still its run's, and settles the runs that
   * were RUNNING there by the rows but are not in the inventory. Runs in the transaction of the
   * Hello.
   */
  List<RunOrder> greet(ExecutorId executor, List<RunInventory> inventory);

  /** The executor gave an attempt its inputs up to some number, or cannot give one. */
  void input(ExecutorId executor, RunInputReport report);

  /** Serves a stream of ExecutorLinkService.PublishEvents. */
  StreamObserver<PublishEventsRequest> publishEvents(
      ExecutorId executor, StreamObserver<PublishEventsResponse> responses);
}
