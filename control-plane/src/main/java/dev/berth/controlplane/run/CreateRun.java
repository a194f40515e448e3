package dev.berth.controlplane.run;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.session.SessionSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request for a run: in {@code sessionId}, or in a throw-away session of {@code sessionSpec}, or
 * with neither. {@code queue} is an id or name, empty for the default.
 */
record CreateRun(
    @Nullable SessionId sessionId,
    @Nullable SessionSpec sessionSpec,
    RunSpec spec,
    RunSpec.Left left,
    String queue,
    @Nullable String name,
    Map<String, String> labels,
    String correlationId,
    OnBusy onBusy) {

  boolean sessionless() {
    return sessionId == null && sessionSpec == null;
  }
}
