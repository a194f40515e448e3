package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;

/** A run that has just become an attempt of an executor. */
public record Claim(RunId run, AttemptId attempt, ExecutorId executor) {}
