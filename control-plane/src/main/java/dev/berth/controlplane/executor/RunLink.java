package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.ReportAttemptsRequest;
import dev.berth.executor.v1.ReportAttemptsResponse;
import dev.berth.executor.v1.RunInputReport;
import dev.berth.executor.v1.RunInventory;
import dev.berth.executor.v1.RunOrder;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Consumer;

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

  /**
   * Gives the executor runs without a session, as many at once as it takes, until what is answered
   * is run; by a stream that has been welcomed.
   *
   * @param send sends one order
   */
  Runnable feed(Executor executor, Consumer<ConnectResponse> send);

  /** Serves a stream of ExecutorLinkService.ReportAttempts. */
  StreamObserver<ReportAttemptsRequest> reportAttempts(
      ExecutorId executor, StreamObserver<ReportAttemptsResponse> responses);

  /** Serves a stream of ExecutorLinkService.PublishEvents. */
  StreamObserver<PublishEventsRequest> publishEvents(
      ExecutorId executor, StreamObserver<PublishEventsResponse> responses);
}
