package dev.berth.executor.link;

import dev.berth.executor.exec.ExecRecord;
import dev.berth.executor.process.InputOrder;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.worker.CopyReport;
import dev.berth.executor.worker.PooledReport;
import dev.berth.executor.worker.Reports;
import dev.berth.executor.worker.WorkerReport;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reports on their way up. Of one worker only the newest waits, of one copy the newest for each
 * order, so that what waits is bounded by what exists. While there is no link reports are let go,
 * for the next hello tells everything; from the moment its inventory is taken they are kept until
 * the welcome. Never blocks.
 */
final class Outbox implements Reports {

  private final Map<String, ConnectRequest> waiting = new LinkedHashMap<>();
  private boolean keeping;
  private @Nullable Predicate<ConnectRequest> sender;

  /** From now on reports are kept; called before an inventory is taken. */
  synchronized void keep() {
    waiting.clear();
    keeping = true;
    sender = null;
  }

  /**
   * Sends what waits and what comes.
   *
   * @param trySend false where the stream takes no more now; then {@link #flush} is called once it
   *     does
   */
  synchronized void open(Predicate<ConnectRequest> trySend) {
    sender = trySend;
    flush();
  }

  /** The stream has ended. */
  synchronized void close() {
    waiting.clear();
    keeping = false;
    sender = null;
  }

  synchronized void flush() {
    var send = sender;
    if (send == null) {
      return;
    }
    var entries = waiting.values().iterator();
    while (entries.hasNext() && send.test(entries.next())) {
      entries.remove();
    }
  }

  @Override
  public void worker(WorkerReport report) {
    put(
        "worker " + report.worker(),
        ConnectRequest.newBuilder().setWorker(ReportMapper.message(report)).build());
  }

  @Override
  public void copy(CopyReport report) {
    put(
        "copy " + report.session() + " " + report.order(),
        ConnectRequest.newBuilder().setCopy(ReportMapper.message(report)).build());
  }

  @Override
  public void exec(ExecRecord report) {
    put(
        "exec " + report.exec(),
        ConnectRequest.newBuilder().setExec(ReportMapper.message(report)).build());
  }

  @Override
  public void pooled(PooledReport report) {
    put(
        "pooled " + report.pooled(),
        ConnectRequest.newBuilder().setPooled(ReportMapper.message(report)).build());
  }

  /** What was given is told up to the newest; what cannot be given, each by itself. */
  void given(InputOrder order, String failure) {
    put(
        "input " + order.attempt() + (failure.isEmpty() ? "" : " " + order.seq()),
        ConnectRequest.newBuilder().setRunInput(ReportMapper.message(order, failure)).build());
  }

  void commandResult(String command, ConnectRequest result) {
    put("command " + command, result);
  }

  private synchronized void put(String key, ConnectRequest message) {
    if (keeping) {
      waiting.remove(key);
      waiting.put(key, message);
      flush();
    }
  }
}
