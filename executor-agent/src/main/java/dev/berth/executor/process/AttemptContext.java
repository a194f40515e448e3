package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.process.AttemptStore.Intent;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Consumer;

/** What every attempt of an agent shares, and where this one's directories are. */
record AttemptContext(
    ContainerRuntime runtime,
    Freezer freezer,
    Residents residents,
    Launcher launcher,
    ProcessListener listener,
    ArtifactKeeper artifacts,
    ProcessLimits limits,
    Clock clock,
    Path journalDirectory,
    Consumer<AttemptId> onSettled,
    Consumer<AttemptId> onOver) {

  void settled(Intent intent) {
    onSettled.accept(AttemptId.parse(intent.attempt()));
  }

  void over(Intent intent) {
    onOver.accept(AttemptId.parse(intent.attempt()));
  }
}
