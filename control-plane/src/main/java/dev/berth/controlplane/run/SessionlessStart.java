package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** An attempt at a run without a session, as its executor is told to begin it. */
record SessionlessStart(
    RunId run,
    AttemptId attempt,
    String provider,
    List<String> command,
    Map<String, String> environment,
    byte[] input,
    Duration timeout,
    Duration grace) {}
