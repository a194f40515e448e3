package dev.berth.executor.provider.exec;

import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.Capabilities;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.LogLines;
import dev.berth.executor.provider.Program;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.provider.Turn;
import dev.berth.executor.provider.TurnEnd;
import dev.berth.executor.provider.Utterance;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** Runs a plain program, which is told what it reads as it is: what it prints is what is logged. */
public final class ExecProvider implements Provider {

  private static final byte[] NOTHING = {};
  private static final Dialogue PLAIN = new Plain();

  @Override
  public String key() {
    return "exec";
  }

  @Override
  public Capabilities capabilities() {
    return Capabilities.NONE;
  }

  @Override
  public Program start(Turn turn) {
    throw new IllegalStateException("a plain program has a command and no prompt");
  }

  @Override
  public Program resume(Turn turn) {
    return start(turn);
  }

  @Override
  public Dialogue dialogue(String opening, byte[] state) {
    return PLAIN;
  }

  private static final class Plain implements Dialogue {

    @Override
    public int read(
        JournalStream stream,
        byte[] bytes,
        int from,
        int to,
        boolean complete,
        Instant now,
        Consumer<AgentEvent> events) {
      return LogLines.read(stream, bytes, from, to, complete, now, events);
    }

    @Override
    public byte[] state() {
      return NOTHING;
    }

    @Override
    public Optional<byte[]> words(Utterance utterance) {
      return Optional.empty();
    }

    @Override
    public Optional<TurnEnd> end() {
      return Optional.empty();
    }

    @Override
    public boolean judges() {
      return false;
    }
  }
}
