package dev.berth.controlplane.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.ExecLink;
import dev.berth.controlplane.executor.LinkOrder;
import dev.berth.controlplane.executor.OrderSource;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.ExecReport;
import dev.berth.executor.v1.StartExec;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.stream.Collectors;

/** What execs say and hear on the executor link: rows that are STARTING are the orders. */
@Singleton
final class ExecOrderLink implements OrderSource, ExecLink {

  private static final int AT_ONCE = 500;

  private final ExecRepository execs;
  private final ExecReports reports;

  ExecOrderLink(ExecRepository execs, ExecReports reports) {
    this.execs = execs;
    this.reports = reports;
  }

  @Override
  public List<LinkOrder> outstanding(ExecutorId executor) {
    return execs.ofExecutor(executor, ExecState.STARTING, AT_ONCE).stream()
        .map(ExecOrderLink::order)
        .toList();
  }

  private static LinkOrder order(Exec exec) {
    var order =
        StartExec.newBuilder()
            .setExecId(exec.id().toString())
            .setSessionId(exec.place().session().toString())
            .setWorkerId(exec.place().worker().toString())
            .setGeneration(exec.place().generation())
            .addAllCommand(exec.spec().command())
            .putAllEnvironment(exec.spec().environment())
            .setWorkingDirectory(exec.spec().workingDirectory())
            .setTty(exec.spec().tty())
            .setRows(exec.spec().rows())
            .setColumns(exec.spec().columns());
    return new LinkOrder(
        exec.id().toString(), 0, ConnectResponse.newBuilder().setStartExec(order).build());
  }

  @Override
  public void greet(ExecutorId executor, List<ExecReport> inventory) {
    inventory.forEach(report -> exec(executor, report));
    reports.greeted(
        executor, inventory.stream().map(ExecOrderLink::id).collect(Collectors.toSet()));
  }

  @Override
  public void exec(ExecutorId executor, ExecReport report) {
    switch (report.getState()) {
      case STATE_RUNNING ->
          reports.apply(executor, id(report), Exec.Status.of(ExecState.RUNNING, "", "", null));
      case STATE_EXITED ->
          reports.apply(
              executor, id(report), Exec.Status.of(ExecState.EXITED, "", "", report.getExitCode()));
      case STATE_LOST ->
          reports.apply(
              executor,
              id(report),
              Exec.Status.lost(report.getFailure().getReason(), report.getFailure().getMessage()));
      case STATE_STARTING, STATE_UNSPECIFIED, UNRECOGNIZED -> {}
    }
  }

  private static ExecId id(ExecReport report) {
    return Fields.id("exec_id", report.getExecId(), ExecId::parse);
  }
}
