package dev.berth.executor.provider.exec;

import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.LineCutter;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.Provider;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Consumer;

/** Runs a plain program: what it prints is what is logged, several lines to an event. */
public final class ExecProvider implements Provider {

  /** Half of what an event may carry, so that no envelope pushes one over. */
  static final int EVENT_BYTES = 32 * 1024;

  @Override
  public String key() {
    return "exec";
  }

  @Override
  public int translate(
      JournalStream stream,
      byte[] bytes,
      int from,
      int to,
      boolean complete,
      Instant now,
      Consumer<AgentEvent> events) {
    int begin = from;
    int end = from;
    for (int cut; (cut = LineCutter.next(bytes, end, to, complete)) >= 0; end = cut) {
      if (cut - begin > EVENT_BYTES) {
        events.accept(log(stream, bytes, begin, end, now));
        begin = end;
      }
    }
    if (end > begin) {
      events.accept(log(stream, bytes, begin, end, now));
    }
    return end - from;
  }

  private static AgentEvent log(JournalStream stream, byte[] bytes, int from, int to, Instant now) {
    return new AgentEvent.Log(now, stream, Arrays.copyOfRange(bytes, from, to), 0);
  }
}
