package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.Position;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.Provider;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns a journal into batches from the acknowledged position on, with no more outstanding than a
 * window. Not safe by itself: its attempt's lock guards it.
 */
final class OutputFeed {

  private static final String NOT_KEPT = "ARTIFACT_NOT_KEPT";

  private record Outstanding(Position to, long bytes) {}

  /** Where the journal ends, and what the last batch says. */
  record Finish(
      Position last, long outDropped, long errDropped, List<String> notKept, AttemptEnd end) {

    long bytes(JournalStream stream) {
      return last.of(stream);
    }
  }

  private final RunId run;
  private final AttemptId attempt;
  private final Journal journal;
  private final Provider provider;
  private final ProcessLimits limits;
  private final byte[] buffer;
  private final Deque<Outstanding> outstanding = new ArrayDeque<>();
  private long outstandingBytes;
  private boolean open;
  private boolean started;
  private Position sent;
  private Position acked;
  private Position freed;
  private Position stuck = Position.START;
  private @Nullable Finish finish;

  OutputFeed(
      RunId run,
      AttemptId attempt,
      Journal journal,
      Provider provider,
      ProcessLimits limits,
      AttemptStore.Offsets offsets) {
    this.run = run;
    this.attempt = attempt;
    this.journal = journal;
    this.provider = provider;
    this.limits = limits;
    this.buffer = new byte[limits.batchBytes()];
    this.sent = offsets.acked();
    this.acked = offsets.acked();
    this.freed = offsets.freed();
  }

  /** Whether anyone has asked to hear of it. */
  boolean open() {
    return open;
  }

  Position sent() {
    return sent;
  }

  Position acked() {
    return acked;
  }

  Position freed() {
    return freed;
  }

  void freed(Position upTo) {
    freed = upTo;
  }

  /** The process has begun, which is the first thing to say. */
  void started() {
    started = true;
  }

  void finish(Finish last) {
    finish = last;
  }

  boolean finishAcked() {
    return finish != null && acked.equals(finish.last());
  }

  /** Begins (again) behind a position; what was outstanding is forgotten. */
  void adopt(Position position) {
    open = true;
    if (finish != null && position.bytes() > finish.last().bytes()) {
      // More was committed than a damaged journal still knows of.
      finish =
          new Finish(
              position.step(),
              finish.outDropped(),
              finish.errDropped(),
              finish.notKept(),
              finish.end());
    }
    outstanding.clear();
    outstandingBytes = 0;
    sent = position;
    acked = position;
    stuck = Position.START;
  }

  /** A position before the acknowledged one changes nothing; one that was never sent is adopted. */
  void acked(Position position) {
    if (position.compareTo(acked) <= 0) {
      return;
    }
    if (outstanding.stream().noneMatch(o -> o.to().equals(position))) {
      adopt(position);
      return;
    }
    Outstanding oldest;
    do {
      oldest = outstanding.remove();
      outstandingBytes -= oldest.bytes();
    } while (!oldest.to().equals(position));
    acked = position;
  }

  /** The next batch; empty where the window is full or there is nothing (whole) to say. */
  Optional<JournalBatch> next(Position sizes, Instant now) throws IOException {
    if (!open || outstandingBytes >= limits.windowBytes()) {
      return Optional.empty();
    }
    var events = new ArrayList<AgentEvent>();
    var from = sent;
    var to = from;
    if (started && from.equals(Position.START)) {
      events.add(new AgentEvent.Started(now));
      to = to.step();
    }
    if (finish != null || !stuck.equals(sizes)) {
      for (var stream : JournalStream.values()) {
        to = read(stream, to, sizes, now, events);
      }
    }
    if (to.equals(from)) {
      return finish == null ? stuckAt(sizes) : last(from, now);
    }
    stuck = Position.START;
    sent = to;
    var batch = new JournalBatch(run, attempt, from, to, events, Optional.empty());
    remember(to, to.bytes() - from.bytes());
    return Optional.of(batch);
  }

  /** Only a part of a line is there: nothing to read again before there is more. */
  private Optional<JournalBatch> stuckAt(Position sizes) {
    stuck = sizes;
    return Optional.empty();
  }

  private Optional<JournalBatch> last(Position from, Instant now) {
    if (finish == null || from.compareTo(finish.last()) >= 0) {
      return Optional.empty();
    }
    var events = new ArrayList<AgentEvent>();
    dropped(JournalStream.OUT, finish.outDropped(), now, events);
    dropped(JournalStream.ERR, finish.errDropped(), now, events);
    finish.notKept().forEach(why -> events.add(new AgentEvent.Warning(now, NOT_KEPT, why)));
    sent = finish.last();
    remember(sent, 0);
    return Optional.of(
        new JournalBatch(run, attempt, from, sent, events, Optional.of(finish.end())));
  }

  private void remember(Position to, long bytes) {
    outstanding.add(new Outstanding(to, bytes));
    outstandingBytes += bytes;
  }

  private Position read(
      JournalStream stream, Position at, Position sizes, Instant now, List<AgentEvent> events)
      throws IOException {
    var to = at;
    var gone = freed.of(stream) - to.of(stream);
    if (gone > 0) {
      // The control plane went back behind what it had acknowledged, and the disk has it no more.
      dropped(stream, gone, now, events);
      to = to.plus(stream, gone);
    }
    var end =
        finish == null ? Math.min(sizes.of(stream), limits.outputBytes()) : finish.bytes(stream);
    var begin = to.of(stream);
    var share = (int) Math.min(end - begin, buffer.length / 2);
    if (share <= 0) {
      return to;
    }
    var length = journal.read(stream, begin, buffer, 0, share);
    var complete = finish != null && begin + length >= end;
    if (finish != null && length < share) {
      // Cut behind our back after the end was settled: say so rather than wait for what will never
      // come.
      dropped(stream, end - begin - length, now, events);
      var kept = provider.translate(stream, buffer, 0, length, true, now, events::add);
      return to.plus(stream, kept).plus(stream, end - begin - length);
    }
    return to.plus(
        stream, provider.translate(stream, buffer, 0, length, complete, now, events::add));
  }

  private static void dropped(
      JournalStream stream, long bytes, Instant now, List<AgentEvent> events) {
    if (bytes > 0) {
      events.add(new AgentEvent.Log(now, stream, new byte[0], bytes));
    }
  }
}
