package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LookAheadTest {
  private final LookAhead ahead = new LookAhead(10);

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void asManyAsHaveJustEnded_atMostTheBound_andNoneOnceThatIsLongAgo() {
    assertThat(ahead.runs(0)).isZero();
    ahead.ended(3, 0);
    ahead.ended(4, millis(30));
    assertThat(ahead.runs(millis(50))).isEqualTo(7);
    assertThat(ahead.runs(millis(51))).isEqualTo(4);
    ahead.ended(100, millis(60));
    assertThat(ahead.runs(millis(60))).isEqualTo(10);
    assertThat(ahead.runs(millis(111))).isZero();
  }
}
