package dev.berth.controlplane.exec;

import static dev.berth.controlplane.platform.grpc.CommonProtoMapper.timestamp;

import com.google.protobuf.ByteString;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.relay.RelayOperation;
import dev.berth.executor.v1.FileOperation;
import dev.berth.executor.v1.FileOperation.AttachExec;
import dev.berth.v1.ExecResponse;
import dev.berth.v1.StartExecRequest;
import dev.berth.v1.WatchExecRequest;
import dev.berth.v1.WatchExecResponse;
import java.util.List;

/** Execs between the API and the domain. */
final class ExecProtoMapper {

  private static final String WORKSPACE = "/workspace";
  private static final int MAX_COMMAND_BYTES = 128 << 10;
  private static final int ROWS = 24;
  private static final int COLUMNS = 80;

  private ExecProtoMapper() {}

  static Exec.Spec spec(StartExecRequest request) {
    command(request.getCommandList());
    request
        .getEnvironmentMap()
        .forEach((name, value) -> Fields.requireNoNul("environment[\"" + name + "\"]", value));
    Fields.requireNoNul("working_directory", request.getWorkingDirectory());
    return new Exec.Spec(
        request.getCommandList(),
        request.getEnvironmentMap(),
        request.getWorkingDirectory().isEmpty() ? WORKSPACE : request.getWorkingDirectory(),
        request.getTty(),
        request.hasSize() ? request.getSize().getRows() : ROWS,
        request.hasSize() ? request.getSize().getColumns() : COLUMNS);
  }

  private static void command(List<String> command) {
    if (command.getFirst().isEmpty()) {
      throw CommonErrors.fieldInvalid("command", "names the program to run and is empty");
    }
    long bytes = 0;
    for (int i = 0; i < command.size(); i++) {
      Fields.requireNoNul("command[" + i + "]", command.get(i));
      bytes += ByteString.copyFromUtf8(command.get(i)).size() + 1L;
    }
    if (bytes > MAX_COMMAND_BYTES) {
      throw CommonErrors.fieldInvalid("command", "is longer than 128 KiB in all");
    }
  }

  /** What an executor is asked for by a client at the exec. */
  static RelayOperation operation(Exec exec, AttachExec attach) {
    return new RelayOperation(
        FileOperation.newBuilder()
            .setAttachExec(attach.toBuilder().setExecId(exec.id().toString()))
            .build(),
        false);
  }

  static AttachExec attach(WatchExecRequest request) {
    return AttachExec.newBuilder()
        .setStdoutOffset(request.getStdoutOffset())
        .setStderrOffset(request.getStderrOffset())
        .build();
  }

  static WatchExecResponse watched(Exec exec) {
    return WatchExecResponse.newBuilder().setExec(exec(exec)).build();
  }

  static ExecResponse answer(Exec exec) {
    return ExecResponse.newBuilder().setExec(exec(exec)).build();
  }

  static dev.berth.v1.Exec exec(Exec exec) {
    Exec.Status status = exec.status();
    var message =
        dev.berth.v1.Exec.newBuilder()
            .setId(exec.id().toString())
            .setProjectId(exec.projectId().toString())
            .setSessionId(exec.place().session().toString())
            .setWorkerId(exec.place().worker().toString())
            .addAllCommand(exec.spec().command())
            .setWorkingDirectory(exec.spec().workingDirectory())
            .setTty(exec.spec().tty())
            .setState(state(status.state()))
            .setReason(status.reason())
            .setMessage(status.message())
            .setCreateTime(timestamp(exec.createTime()))
            .setCreatedBy(CommonProtoMapper.actor(exec.createdBy()));
    if (status.exitCode() != null) {
      message.setExitCode(status.exitCode());
    }
    if (status.startTime() != null) {
      message.setStartTime(timestamp(status.startTime()));
    }
    if (status.endTime() != null) {
      message.setEndTime(timestamp(status.endTime()));
    }
    return message.build();
  }

  private static dev.berth.v1.ExecState state(ExecState state) {
    return switch (state) {
      case STARTING -> dev.berth.v1.ExecState.EXEC_STATE_STARTING;
      case RUNNING -> dev.berth.v1.ExecState.EXEC_STATE_RUNNING;
      case EXITED -> dev.berth.v1.ExecState.EXEC_STATE_EXITED;
      case LOST -> dev.berth.v1.ExecState.EXEC_STATE_LOST;
    };
  }
}
