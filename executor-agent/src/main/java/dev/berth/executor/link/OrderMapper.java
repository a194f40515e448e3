package dev.berth.executor.link;

import com.google.protobuf.Duration;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.exec.ExecOrder;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.InputOrder;
import dev.berth.executor.process.SecretValue;
import dev.berth.executor.provider.Utterance;
import dev.berth.executor.sessionless.SessionlessStart;
import dev.berth.executor.v1.EnsurePooled;
import dev.berth.executor.v1.EnsureWorker;
import dev.berth.executor.v1.GiveInput;
import dev.berth.executor.v1.GivenSecret;
import dev.berth.executor.v1.RemoveCopy;
import dev.berth.executor.v1.RemovePooled;
import dev.berth.executor.v1.RunOrder;
import dev.berth.executor.v1.SalvageCopy;
import dev.berth.executor.v1.StartExec;
import dev.berth.executor.v1.StartRun;
import dev.berth.executor.v1.StartRuns;
import dev.berth.executor.v1.StopRun;
import dev.berth.executor.v1.StopWorker;
import dev.berth.executor.v1.SyncCopy;
import dev.berth.executor.v1.Welcome;
import dev.berth.executor.v1.WorkerOrder;
import dev.berth.executor.worker.Order;
import dev.berth.executor.worker.PoolOrder;
import dev.berth.executor.worker.RunOrders;
import dev.berth.executor.worker.Verdicts;
import dev.berth.executor.worker.WorkerLimits;
import dev.berth.executor.workspace.RestoreManifest;
import dev.berth.executor.workspace.SnapshotRef;
import dev.berth.format.Sha256;
import dev.berth.v1.Resources;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Orders from the wire. An id that cannot be read is an {@link IllegalArgumentException}. */
final class OrderMapper {

  private OrderMapper() {}

  static Order.Ensure order(EnsureWorker message, String trace) {
    return new Order.Ensure(
        SessionId.parse(message.getSessionId()),
        WorkerId.parse(message.getWorkerId()),
        message.getGeneration(),
        message.getImage(),
        limits(message.getResources()),
        message.hasBase() ? snapshot(message.getBase()) : Optional.empty(),
        message.hasManifest()
            ? ManifestMapper.manifest(message.getManifest())
            : RestoreManifest.NONE,
        message.getPooledId().isEmpty()
            ? Optional.empty()
            : Optional.of(PooledContainerId.parse(message.getPooledId())),
        trace);
  }

  static PoolOrder order(EnsurePooled message) {
    return new PoolOrder.Make(
        PooledContainerId.parse(message.getPooledId()),
        message.getImage(),
        limits(message.getResources()));
  }

  static PoolOrder order(RemovePooled message) {
    return new PoolOrder.Remove(PooledContainerId.parse(message.getPooledId()));
  }

  private static WorkerLimits limits(Resources limits) {
    return new WorkerLimits(
        limits.getCpuMillis(), limits.getMemoryBytes(), limits.getDiskBytes(), limits.getPids());
  }

  static Order.Stop order(StopWorker message) {
    return new Order.Stop(
        SessionId.parse(message.getSessionId()),
        WorkerId.parse(message.getWorkerId()),
        message.getGeneration(),
        message.getSyncOrder(),
        message.getDirtyVersion(),
        message.getSkipSync(),
        message.getClean(),
        message.getRemove());
  }

  static Order.Sync order(SyncCopy message) {
    return new Order.Sync(
        SessionId.parse(message.getSessionId()),
        message.getGeneration(),
        message.getSyncOrder(),
        message.getDirtyVersion(),
        message.getReason());
  }

  static Order.Salvage order(SalvageCopy message) {
    return new Order.Salvage(
        SessionId.parse(message.getSessionId()),
        WorkerId.parse(message.getWorkerId()),
        message.getGeneration(),
        message.getSyncOrder());
  }

  static Order.RemoveCopy order(RemoveCopy message) {
    return new Order.RemoveCopy(
        SessionId.parse(message.getSessionId()), message.getGeneration(), message.getSyncOrder());
  }

  static RunOrders.Start order(StartRun message) {
    return new RunOrders.Start(
        RunId.parse(message.getRunId()),
        AttemptId.parse(message.getAttemptId()),
        WorkerId.parse(message.getWorkerId()),
        message.getGeneration(),
        message.getProvider(),
        message.getCommandList(),
        message.getEnvironmentMap(),
        new RunOrders.Secrets(
            message.getSecretsList().stream().map(OrderMapper::secret).toList(),
            message.getSecretsFailure()),
        message.getModelGateway(),
        message.getWorkingDirectory(),
        message.getInput().toByteArray(),
        message.getInteractive(),
        duration(message.getTimeout()),
        duration(message.getGrace()),
        message.getArtifactsList(),
        message.hasTurn() ? Optional.of(TurnMapper.turn(message)) : Optional.empty());
  }

  private static SecretValue secret(GivenSecret message) {
    return new SecretValue(
        message.getName(),
        message.getValue(),
        message.hasFile() ? message.getFile() : message.getEnvironment(),
        message.hasFile());
  }

  static List<SessionlessStart> order(StartRuns message) {
    return message.getRunsList().stream()
        .map(run ->
            new SessionlessStart(
                RunId.parse(run.getRunId()),
                AttemptId.parse(run.getAttemptId()),
                run.getProvider(),
                run.getCommandList(),
                run.getEnvironmentMap(),
                run.getInput().toByteArray(),
                duration(run.getTimeout())))
        .toList();
  }

  static ExecOrder order(StartExec message) {
    return new ExecOrder(
        ExecId.parse(message.getExecId()),
        SessionId.parse(message.getSessionId()),
        WorkerId.parse(message.getWorkerId()),
        message.getGeneration(),
        message.getCommandList(),
        message.getEnvironmentMap(),
        message.getWorkingDirectory(),
        message.getTty(),
        message.getRows(),
        message.getColumns());
  }

  static InputOrder order(GiveInput message) {
    return new InputOrder(
        RunId.parse(message.getRunId()),
        AttemptId.parse(message.getAttemptId()),
        message.getSeq(),
        switch (message.getInputCase()) {
          case DATA ->
              new InputOrder.Data(
                  message.getData().getPosition(), message.getData().getBytes().toByteArray());
          case CLOSE -> new InputOrder.Close();
          case SIGNAL -> new InputOrder.Signal(message.getSignal());
          case ANSWER -> new InputOrder.Told(TurnMapper.answer(message.getAnswer()));
          case INTERRUPT ->
              new InputOrder.Told(new Utterance.Interrupt("berth-" + message.getSeq()));
          case INPUT_NOT_SET -> new InputOrder.Unknown();
        });
  }

  static RunOrders.Stop order(StopRun message) {
    return new RunOrders.Stop(
        AttemptId.parse(message.getAttemptId()), duration(message.getGrace()));
  }

  static Verdicts verdicts(Welcome welcome) {
    var adopt = new HashMap<AttemptId, Position>();
    var masked = new HashMap<AttemptId, List<String>>();
    var drop = new HashSet<AttemptId>();
    for (var run : welcome.getRunsList()) {
      var attempt = AttemptId.parse(run.getAttemptId());
      if (run.getVerdict() == RunOrder.Verdict.VERDICT_ADOPT) {
        adopt.put(attempt, position(run.getAcked()));
        masked.put(attempt, List.copyOf(run.getMaskedList()));
      } else if (run.getVerdict() == RunOrder.Verdict.VERDICT_DROP) {
        drop.add(attempt);
      }
    }
    var keep = new HashSet<WorkerId>();
    var givenUp = new HashSet<WorkerId>();
    var remove = new HashSet<WorkerId>();
    for (var worker : welcome.getWorkersList()) {
      var id = WorkerId.parse(worker.getWorkerId());
      var verdict = worker.getVerdict();
      if (verdict == WorkerOrder.Verdict.VERDICT_ADOPT) {
        keep.add(id);
      } else if (verdict == WorkerOrder.Verdict.VERDICT_GIVEN_UP) {
        givenUp.add(id);
      } else if (verdict == WorkerOrder.Verdict.VERDICT_REMOVE) {
        remove.add(id);
      }
    }
    var pooled =
        welcome.getPooledList().stream().map(PooledContainerId::parse).collect(Collectors.toSet());
    return new Verdicts(adopt, masked, drop, keep, givenUp, remove, pooled);
  }

  static Optional<SnapshotRef> snapshot(dev.berth.executor.v1.SnapshotRef message) {
    if (message.getSnapshotId().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new SnapshotRef(
            SnapshotId.parse(message.getSnapshotId()),
            PackId.parse(message.getManifestPackId()),
            Sha256.parse(message.getManifestSha256()),
            message.getManifestBytes()));
  }

  static Position position(dev.berth.executor.v1.Position message) {
    return new Position(message.getOut(), message.getErr(), message.getSub());
  }

  static java.time.Duration duration(Duration message) {
    return java.time.Duration.ofSeconds(message.getSeconds(), message.getNanos());
  }
}
