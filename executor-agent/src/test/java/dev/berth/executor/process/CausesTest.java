package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ResourceCounters;
import dev.berth.executor.process.AttemptEnd.Outcome;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CausesTest {

  private static final ContainerInfo RUNNING =
      new ContainerInfo("c", "n", "i", ContainerInfo.State.RUNNING, 1, 0, false);

  private static AttemptEnd of(
      @Nullable StopReason stop, int code, String note, long oom, long pids, boolean disk) {
    return Causes.of(
        new Causes.Facts(
            stop,
            code < 0 ? OptionalInt.empty() : OptionalInt.of(code),
            note,
            Optional.of(new ResourceCounters(oom, pids)),
            disk,
            Optional.of(RUNNING)));
  }

  @Test
  void aLimitThatWasTouchedOnTheWayToSuccessIsNoFailure() {
    assertThat(of(null, 0, "exit 0\n", 1, 1, true).outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void limitsExplainAFailureInTheOrderOfTheirCertainty() {
    assertThat(of(null, 137, "exit 137\n", 1, 1, true).reason()).isEqualTo(EndReason.OUT_OF_MEMORY);
    assertThat(of(null, 1, "exit 1\n", 0, 1, true).reason()).isEqualTo(EndReason.PIDS_LIMIT);
    assertThat(of(null, 1, "exit 1\n", 0, 0, true).reason()).isEqualTo(EndReason.DISK_FULL);
    assertThat(of(null, 139, "exit 139\n", 0, 0, false).signal()).isEqualTo(11);
    assertThat(of(null, 1, "exit 1\n", 0, 0, false).reason()).isEqualTo(EndReason.EXIT_CODE);
  }

  @Test
  void whatTheAgentEndedKeepsTheReasonItWasEndedFor() {
    assertThat(of(StopReason.CANCELED, 0, "exit 0\n", 0, 0, false).outcome())
        .isEqualTo(Outcome.CANCELED);
    assertThat(of(StopReason.TIMEOUT, 137, "", 1, 0, false).reason()).isEqualTo(EndReason.TIMEOUT);
  }

  @Test
  void aContainerThatIsGoneIsALostWorkerUnlessMemoryKilledIt() {
    var facts =
        new Causes.Facts(null, OptionalInt.of(137), "", Optional.empty(), false, Optional.empty());
    assertThat(Causes.of(facts).reason()).isEqualTo(EndReason.WORKER_LOST);

    var killed = new ContainerInfo("c", "n", "i", ContainerInfo.State.STOPPED, 0, 137, true);
    var memory =
        new Causes.Facts(
            null, OptionalInt.of(137), "", Optional.empty(), false, Optional.of(killed));
    assertThat(Causes.of(memory).reason()).isEqualTo(EndReason.OUT_OF_MEMORY);
  }
}
