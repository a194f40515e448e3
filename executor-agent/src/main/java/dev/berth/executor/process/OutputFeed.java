package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.Position;
import dev.berth.executor.mask.Mask;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.Dialogue;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns a journal into batches from the acknowledged position on, with no more outstanding than a
 * window. Not safe by itself: its attempt's lock guards it.
 */
final class OutputFeed {

  private static final String NOT_KEPT = "ARTIFACT_NOT_KEPT";
  private static final byte[] NOTHING = {};

  /**
   * @param state of the dialogue behind it
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Outstanding(Position to, long bytes, byte[] state) {}

  /** Where the journal ends, and what the last batch says. */
  record Finish(
      Position last, long outDropped, long errDropped, List<String> notKept, AttemptEnd end) {

    long bytes(JournalStream stream) {
      return last.of(stream);
    }
  }

  private final RunId run;
  private final AttemptId attempt;
  private final MaskedJournal journal;
  private final Function<byte[], Dialogue> dialogues;
  private final ProcessLimits limits;
  private final byte[] buffer;
  private Dialogue dialogue;
  private final Deque<Outstanding> outstanding = new ArrayDeque<>();
  private long outstandingBytes;
  private boolean open;
  private boolean masked;
  private boolean started;
  private Position sent;
  private Position acked;
  private byte[] ackedState;
  private @Nullable Position readFrom;
  private Position freed;
  private Position stuck = Position.START;
  private @Nullable Finish finish;

  OutputFeed(
      RunId run,
      AttemptId attempt,
      MaskedJournal journal,
      Function<byte[], Dialogue> dialogues,
      ProcessLimits limits,
      AttemptStore.Offsets offsets) {
    this.run = run;
    this.attempt = attempt;
    this.journal = journal;
    this.dialogues = dialogues;
    this.limits = limits;
    this.buffer = new byte[limits.batchBytes()];
    this.sent = offsets.acked();
    this.acked = offsets.acked();
    this.ackedState = offsets.state() == null ? NOTHING : offsets.state();
    this.dialogue = dialogues.apply(ackedState);
    this.freed = offsets.freed();
  }

  /** Whether anyone has asked to hear of it, and it is known what nobody may. */
  boolean open() {
    return open && masked;
  }

  /** What is hidden from now on; nothing is said before this is known. */
  void mask(Mask mask) {
    journal.mask(mask);
    masked = true;
  }

  boolean masked() {
    return masked;
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

  /** What was said so far, as far as it was handed on. */
  Dialogue dialogue() {
    return dialogue;
  }

  /** Whether the dialogue knows all that was committed. */
  boolean ready(Instant now) throws IOException {
    if (open() && readFrom != null) {
      catchUp(readFrom, now);
    }
    return open();
  }

  /** To begin from after a fall, with this much given back. */
  AttemptStore.Offsets offsets(Position freed) {
    // What is read again on the way to it is not known yet.
    return new AttemptStore.Offsets(readFrom == null ? acked : readFrom, freed, ackedState);
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
    var known =
        outstanding.stream().filter(one -> one.to().equals(position)).map(Outstanding::state);
    var at = known.findFirst();
    if (at.isPresent()) {
      ackedState = at.get();
    } else if (readFrom == null && position.compareTo(acked) > 0) {
      readFrom = acked;
    }
    dialogue = dialogues.apply(ackedState);
    outstanding.clear();
    outstandingBytes = 0;
    sent = position;
    acked = position;
    stuck = Position.START;
  }

  /**
   * More is committed than this agent knew of: what lies between is read for what it leaves behind,
   * and not told again.
   */
  private void catchUp(Position from, Instant now) throws IOException {
    var at = new Position(from.out(), from.err(), 0);
    for (var stream : JournalStream.values()) {
      for (int read = 1; read > 0 && at.of(stream) < acked.of(stream); ) {
        read = piece(stream, at.of(stream), acked.of(stream), true, now, event -> {});
        at = at.plus(stream, read);
      }
    }
    ackedState = dialogue.state();
    readFrom = null;
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
    ackedState = oldest.state();
  }

  /** The next batch; empty where the window is full or there is nothing (whole) to say. */
  Optional<JournalBatch> next(Position sizes, Instant now) throws IOException {
    if (!ready(now) || outstandingBytes >= limits.windowBytes()) {
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
        new JournalBatch(
            run, attempt, from, sent, events, Optional.of(Verdict.of(finish.end(), dialogue))));
  }

  private void remember(Position to, long bytes) {
    outstanding.add(new Outstanding(to, bytes, dialogue.state()));
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
    if (begin >= end) {
      return to;
    }
    var there = finish == null ? end : Math.min(end, journal.size(stream));
    var share = Math.min(end - begin, buffer.length / 2);
    if (finish != null && there - begin < share) {
      // Cut behind our back after the end was settled: say so rather than wait for what will never
      // come.
      dropped(stream, end - Math.max(there, begin), now, events);
      piece(stream, begin, Math.max(there, begin), true, now, events::add);
      return to.plus(stream, end - begin);
    }
    return to.plus(stream, piece(stream, begin, end, finish != null, now, events::add));
  }

  /**
   * Reads what fits from a cut on; more where a single piece is longer.
   *
   * @param complete whether nothing will ever follow {@code end}
   * @return bytes that were understood
   */
  private int piece(
      JournalStream stream,
      long begin,
      long end,
      boolean complete,
      Instant now,
      Consumer<AgentEvent> events)
      throws IOException {
    var bytes = buffer;
    for (int share = buffer.length / 2; ; share *= 2) {
      bytes = share <= bytes.length ? bytes : new byte[share];
      var length =
          journal.read(stream, begin, bytes, (int) Math.min(end - begin, share), end, complete);
      var to = share == buffer.length / 2 ? length : firstLine(bytes, length);
      var last = complete && begin + to >= end;
      var read = dialogue.read(stream, bytes, 0, to, last, now, events);
      if (read > 0 || length < share || share >= Dialogue.LONGEST) {
        return read;
      }
    }
  }

  /** So that a long piece comes alone. */
  private static int firstLine(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return length;
  }

  private static void dropped(
      JournalStream stream, long bytes, Instant now, List<AgentEvent> events) {
    if (bytes > 0) {
      events.add(new AgentEvent.Log(now, stream, new byte[0], bytes));
    }
  }
}
