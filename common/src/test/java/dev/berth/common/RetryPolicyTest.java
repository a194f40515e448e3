package dev.berth.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RetryPolicyTest {

  @Property
  void delay_staysBetweenHalfAndTheWholeBound(
      @ForAll @IntRange(min = 1, max = 2000) int failures, @ForAll long seed) {
    var bound = failures > 6 ? 5_000 : Math.min(5_000, 100L << (failures - 1));
    assertThat(RetryPolicy.RECONNECT.delay(failures, new Random(seed)))
        .isBetween(Duration.ofMillis(bound / 2), Duration.ofMillis(bound));
  }

  @Property
  void delay_isZeroBeforeAnyFailure(@ForAll @IntRange(max = 0, min = -5) int failures) {
    assertThat(RetryPolicy.RECONNECT.delay(failures, new Random(1))).isZero();
  }
}
