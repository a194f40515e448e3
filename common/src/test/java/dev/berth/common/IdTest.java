package dev.berth.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdTest {
  private final Clock clock = Clock.fixed(Instant.parse("2026-11-20T12:00:00Z"), ZoneOffset.UTC);

  @Test
  void text_roundTripsAndSortsByCreation() {
    var source = new IdSource(clock);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      var id = new SessionId(source.next());
      assertThat(SessionId.parse(id.toString())).isEqualTo(id);
      texts.add(id.toString());
    }
    assertThat(texts).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void source_makesVersion7OfItsClock() {
    var first = new IdSource(clock).next();
    assertThat(first.version()).isEqualTo(7);
    assertThat(first.variant()).isEqualTo(2);
    assertThat(first.getMostSignificantBits() >>> 16).isEqualTo(clock.millis());
  }

  @Test
  void text_ofAllOnesAndZeros_roundTrips() {
    for (var value : List.of(new UUID(0, 0), new UUID(-1, -1))) {
      assertThat(RunId.parse(new RunId(value).toString()).value()).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ses",
        "run_",
        "ses_0000000000000000000000000",
        "ses_000000000000000000000000000",
        "ses_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "ses_0000000000000000000000000U",
        "run_00000000000000000000000000",
        "ses-00000000000000000000000000"
      })
  void parse_refusesWhatIsNotAnIdOfItsKind(String text) {
    assertThatThrownBy(() -> SessionId.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("must be ses_ and 26 base32 characters");
  }
}
