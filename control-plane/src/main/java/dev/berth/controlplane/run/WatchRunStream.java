package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.config.WatchConfig;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.v1.WatchRunResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One watcher of a run: reads on from the watcher's position and sends while the transport has
 * room. It holds no queue: what is not sent yet stays in the table, and what waits in the transport
 * is a few answers at most, each of half a mebibyte of payload.
 */
final class WatchRunStream {
  private final RunId run;
  private final Set<String> types;
  private final WatchConfig timing;
  private final ResponseStream<?> stream;
  private final Consumer<WatchRunResponse> out;
  private final Beside beside;
  private long examined;
  private long sentNanos = System.nanoTime();
  private boolean sent;

  /** What else the stream's thread does: on each hint, and before it waits for one. */
  interface Beside {
    void run(WatchRunStream stream) throws InterruptedException;
  }

  /**
   * @param out puts an answer on the stream
   */
  WatchRunStream(
      RunId run,
      long afterSeq,
      Set<String> types,
      WatchConfig timing,
      ResponseStream<?> stream,
      Consumer<WatchRunResponse> out,
      Beside beside) {
    this.run = run;
    this.examined = afterSeq;
    this.types = types;
    this.timing = timing;
    this.stream = stream;
    this.out = out;
    this.beside = beside;
  }

  /** Serves the watcher until the run has ended, the watcher is gone, or it is cut. */
  void serve(RunTails tails) throws InterruptedException {
    try (RunTails.Watch watch = tails.watch(run, stream::hint)) {
      RunTail tail = watch.tail();
      if (examined > tail.head().seq()) {
        throw RunErrors.cursorOutOfRange(tail.head().seq());
      }
      boolean open = true;
      while (open) {
        beside.run(this);
        open = step(tail);
      }
      beside.run(this);
    }
  }

  /** Sends what is there, or waits for more; false once all there will ever be was sent. */
  private boolean step(RunTail tail) throws InterruptedException {
    RunTail.Head head = tail.head();
    if (examined < head.seq()) {
      awaitReady();
      return send(tail.read(examined), head);
    }
    if (head.ended()) {
      if (!sent) {
        emit(WatchRunResponse.newBuilder().setHeadSeq(head.seq()));
      }
      return false;
    }
    Duration rest = timing.bookmark().minusNanos(System.nanoTime() - sentNanos);
    if (!rest.isPositive()) {
      awaitReady();
      emit(WatchRunResponse.newBuilder().setHeadSeq(head.seq()));
      return true;
    }
    // Whether hinted or not, the head is looked at again.
    return stream.awaitHint(rest) || examined >= 0;
  }

  /** Waits until there is room for an answer; WATCH_TOO_SLOW where that takes too long. */
  void awaitReady() throws InterruptedException {
    if (!stream.awaitReady(timing.slow())) {
      throw RunErrors.tooSlow(examined + 1);
    }
  }

  private boolean send(List<RunEventRow> rows, RunTail.Head head) {
    if (rows.isEmpty()) {
      return true;
    }
    WatchRunResponse.Builder response = WatchRunResponse.newBuilder();
    List<RunEventRow> shown =
        types.isEmpty() ? rows : rows.stream().filter(row -> types.contains(row.type())).toList();
    response.addAllEvents(RunEventProtoMapper.events(run, shown));
    RunEventRow last = rows.getLast();
    examined = last.seq();
    boolean finished = last.type().equals(RunEventRow.FINISHED);
    if (finished || response.getEventsCount() > 0) {
      emit(response.setHeadSeq(Math.max(head.seq(), examined)));
    }
    return !finished;
  }

  private void emit(WatchRunResponse.Builder response) {
    out.accept(response.setExaminedSeq(examined).build());
    sentNanos = System.nanoTime();
    sent = true;
  }
}
