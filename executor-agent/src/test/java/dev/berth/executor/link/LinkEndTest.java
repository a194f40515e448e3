package dev.berth.executor.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LinkEndTest {

  @Test
  void aRefusal_namesTheRemedy() {
    var refused = Status.FAILED_PRECONDITION.withDescription("versions 1 to 1 against 3 to 4");
    assertThat(new LinkEnd(refused, "PROTOCOL_VERSION").words())
        .contains("versions 1 to 1 against 3 to 4")
        .contains("Upgrade the older one");
    assertThat(LinkEnd.of(Status.UNAUTHENTICATED).words()).contains("enrol again");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"OK", "UNAVAILABLE", "ABORTED", "CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL"})
  void whatMayPassByItself_isDialledAgainSoon(Status.Code code) {
    assertThat(LinkEnd.of(code.toStatus()).lasting()).isFalse();
  }
}
