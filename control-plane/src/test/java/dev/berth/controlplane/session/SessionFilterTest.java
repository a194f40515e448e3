package dev.berth.controlplane.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ProjectId;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.junit.jupiter.api.Test;

final class SessionFilterTest {
  private static final ProjectId PROJECT = ProjectId.parse("prj_00000000000000000000000000");

  /** Page tokens are bound to it. */
  @Test
  void theSameFilter_hasTheSameText_inWhateverOrderItIsGiven() {
    var states = new LinkedHashSet<>(List.of(SessionState.ACTIVE, SessionState.STOPPED));
    var labels = new LinkedHashMap<String, String>();
    labels.put("a", "1");
    labels.put("b", "2");
    assertThat(filter(states, labels)).isEqualTo(filter(states.reversed(), labels.reversed()));
  }

  private static String filter(
      SequencedSet<SessionState> states, SequencedMap<String, String> labels) {
    return new SessionFilter(PROJECT, states, labels, "", false, "").toString();
  }
}
