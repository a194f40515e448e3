package dev.berth.executor.provider;

import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.LineCutter;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Consumer;

/** What a program prints, logged as it is, several lines to an event. */
public final class LogLines {

  /** Half of what an event may carry, so that no envelope pushes one over. */
  public static final int EVENT_BYTES = 32 * 1024;

  private LogLines() {}

  /** As {@link Dialogue#read}. */
  public static int read(
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

  static AgentEvent log(JournalStream stream, byte[] bytes, int from, int to, Instant now) {
    return new AgentEvent.Log(now, stream, Arrays.copyOfRange(bytes, from, to), 0);
  }
}
