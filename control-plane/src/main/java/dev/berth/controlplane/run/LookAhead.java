package dev.berth.controlplane.run;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many runs an executor is given beyond what it takes at once: as many as it has just ended. So
 * if it goes on like that none waits longer than {@link #WINDOW} for its turn, and one whose runs
 * take long is given none. For one thread at a time.
 */
final class LookAhead {
  private static final Duration WINDOW = Duration.ofMillis(50);

  private record Ends(int count, long time) {}

  private final int most;
  private final Deque<Ends> lately = new ArrayDeque<>();
  private int sum;

  LookAhead(int most) {
    this.most = most;
  }

  /** So many have ended, at that time in nanoseconds. */
  void ended(int count, long time) {
    lately.add(new Ends(count, time));
    sum += count;
    forget(time);
  }

  int runs(long time) {
    forget(time);
    return Math.min(sum, most);
  }

  private void forget(long time) {
    for (Ends oldest = lately.peek();
        oldest != null && time - oldest.time() > WINDOW.toNanos();
        oldest = lately.peek()) {
      sum -= oldest.count();
      lately.remove();
    }
  }
}
