package dev.berth.controlplane.run;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.session.SessionSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request for a run: in {@code sessionId}, or else in a throw-away session of {@code
 * sessionSpec}. {@code queue} is an id or name, empty for the default.
 */
record CreateRun(
    @Nullable SessionId sessionId,
    @Nullable SessionSpec sessionSpec,
    RunSpec spec,
    String queue,
    @Nullable String name,
    Map<String, String> labels,
    String correlationId,
    OnBusy onBusy) {}
