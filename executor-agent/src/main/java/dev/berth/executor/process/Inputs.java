package dev.berth.executor.process;

import dev.berth.executor.journal.Stdin;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.Signals;
import dev.berth.executor.process.AttemptStore.Launch;
import dev.berth.executor.process.AttemptStore.Words;
import dev.berth.executor.process.InputOrder.Answer;
import dev.berth.executor.process.InputOrder.Close;
import dev.berth.executor.process.InputOrder.Data;
import dev.berth.executor.process.InputOrder.Signal;
import dev.berth.executor.process.InputOrder.Told;
import dev.berth.executor.process.InputOrder.Unknown;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.Utterance;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives an attempt's process what it is ordered to be given, in order. Bytes and their end are
 * answered once they are on the disk, and reach the process once whatever falls; that a signal was
 * sent is written down behind it, so one is sent again where the agent falls in between. Orders
 * come from any thread, the rest is the attempt's.
 */
final class Inputs {

  private static final Logger LOG = LoggerFactory.getLogger(Inputs.class);

  /** How long a program may take to end behind the end of its turn. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Who knows what a program can be told, and how. */
  interface Speaker {

    /** Whether it knows so already; asked again where it does not. */
    boolean ready() throws IOException;

    /** Empty where the program waits for nothing of the kind. */
    Optional<byte[]> words(Utterance utterance);

    /** What is to be said by now without anybody asking for it. */
    Optional<Dialogue.Own> own();
  }

  private static final Words SILENCE = new Words(0, 0, 0, new byte[0]);

  private record Waiting(InputOrder order, Answer answer) {}

  private final Optional<Stdin> stdin;
  private final AttemptStore store;
  private final Launcher launcher;
  private final Speaker speaker;
  private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
  private Words last = SILENCE;

  /** Whether {@link #last} may not be given yet, or not whole. */
  private boolean pending;

  private boolean rung;
  private boolean ended;
  private long endedAt;

  /**
   * @param stdin empty where the process's input ends with what it was started with
   */
  Inputs(Optional<Stdin> stdin, AttemptStore store, Launcher launcher, Speaker speaker) {
    this.stdin = stdin;
    this.store = store;
    this.launcher = launcher;
    this.speaker = speaker;
  }

  void offer(InputOrder order, Answer answer) {
    waiting.add(new Waiting(order, answer));
  }

  /**
   * Gives what waits; what the host refuses now stays, and is tried again with the next step.
   *
   * @param over whether its turn is, so that there is nothing more to be told
   */
  void step(Launch launch, boolean over) {
    try {
      if (!rung && stdin.isPresent()) {
        // An agent before this one may have fallen between writing and ringing.
        last = store.words().orElse(SILENCE);
        pending = last != SILENCE;
        stdin.get().ring();
      }
      rung = true;
      if (pending) {
        give(stdin.orElseThrow());
      }
      if (stdin.isPresent() && speaker.ready()) {
        var own = speaker.own();
        if (own.isPresent() && own.get().number() > last.own()) {
          say(last.seq(), own.get().number(), own.get().bytes(), stdin.get());
        }
      }
      if (over && !ended && stdin.isPresent()) {
        stdin.get().end();
        stdin.get().sync();
        ended = true;
        endedAt = System.nanoTime();
      }
      var written = new ArrayList<Waiting>();
      for (var next = waiting.peek(); next != null; next = waiting.peek()) {
        if (next.order().input() instanceof Signal signal) {
          settle(written);
          signal(next, signal, launch);
        } else if (next.order().input() instanceof Told told && stdin.isPresent()) {
          settle(written);
          if (!speaker.ready()) {
            return;
          }
          next.answer().given(next.order(), tell(next.order(), told.utterance(), stdin.get()));
        } else if (stdin.isEmpty() || next.order().input() instanceof Unknown) {
          settle(written);
          next.answer().given(next.order(), "This executor cannot give its process that.");
        } else if (write(stdin.get(), next.order())) {
          written.add(next);
        }
        waiting.remove();
      }
      settle(written);
    } catch (IOException e) {
      LOG.warn("an input is not given yet: {}", e.getMessage());
    }
  }

  /** One that has a gap before it is let go: it comes again behind what is missing. */
  private static boolean write(Stdin stdin, InputOrder order) throws IOException {
    if (order.input() instanceof Data data) {
      return stdin.write(data.position(), data.bytes());
    }
    if (order.input() instanceof Close) {
      stdin.end();
    }
    return true;
  }

  /** Whether its program was told long ago that nothing follows. */
  boolean lingering() {
    return ended && System.nanoTime() - endedAt > PATIENCE.toNanos();
  }

  private String tell(InputOrder order, Utterance utterance, Stdin in) throws IOException {
    if (last.seq() >= order.seq()) {
      return "";
    }
    var bytes = speaker.words(utterance);
    if (bytes.isEmpty()) {
      return "Its program waits for nothing of the kind, or its turn is over.";
    }
    say(order.seq(), last.own(), bytes.get(), in);
    return "";
  }

  private void say(long seq, int own, byte[] bytes, Stdin in) throws IOException {
    var words = new Words(seq, own, in.size(), bytes);
    store.words(words);
    last = words;
    pending = true;
    give(in);
  }

  private void give(Stdin in) throws IOException {
    in.write(last.position(), last.bytes());
    in.sync();
    pending = false;
  }

  private void settle(List<Waiting> written) throws IOException {
    if (!written.isEmpty()) {
      stdin.orElseThrow().sync();
      written.forEach(one -> one.answer().given(one.order(), ""));
      written.clear();
    }
  }

  private void signal(Waiting next, Signal signal, Launch launch) throws IOException {
    var failure = "";
    if (store.signalled() < next.order().seq()) {
      failure = send(signal, launch);
      store.signalled(next.order().seq());
    }
    next.answer().given(next.order(), failure);
  }

  private String send(Signal signal, Launch launch) {
    var number = Signals.number(signal.name());
    var groups = launcher.groups(launch);
    if (number.isEmpty() || groups.isEmpty()) {
      return "This executor cannot send its process that signal.";
    }
    for (var group : groups) {
      try {
        Signals.send(group, number.getAsInt());
      } catch (ErrnoException e) {
        LOG.debug("group {} got no signal: {}", group, e.getMessage());
      }
    }
    return "";
  }
}
