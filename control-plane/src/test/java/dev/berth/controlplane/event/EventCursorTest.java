package dev.berth.controlplane.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class EventCursorTest {

  @Test
  void parse_readsWhatToStringPrints_andNothingElse() {
    EventCursor cursor = new EventCursor(12_345, 678);
    assertThat(EventCursor.parse(cursor.toString())).isEqualTo(cursor);
    for (String text : new String[] {"", "AAAA", "not base64!", cursor + "AA"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> EventCursor.parse(text));
    }
  }

  @Test
  void cursors_areOrderedByTransactionThenNumber() {
    assertThat(new EventCursor(1, 9)).isLessThan(new EventCursor(2, 1));
    assertThat(new EventCursor(2, 1)).isLessThan(new EventCursor(2, 2));
    assertThat(EventCursor.START).isLessThan(new EventCursor(1, 1));
  }
}
