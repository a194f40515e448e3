package dev.berth.controlplane.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.relay.Duplex;
import dev.berth.controlplane.relay.Relay;
import dev.berth.executor.v1.FileOperation.AttachExec;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.v1.ExecInput;
import dev.berth.v1.ExecRequest;
import dev.berth.v1.ExecResponse;
import dev.berth.v1.WatchExecRequest;
import dev.berth.v1.WatchExecResponse;
import io.grpc.StatusRuntimeException;
import java.util.Set;
import java.util.concurrent.Executor;

/** One client's call at an exec: its messages over a relay to the executor. */
final class ExecStream {

  private static final Set<ErrorReason> OUTPUT_AWAY =
      Set.of(ErrorReason.EXEC_OUTPUT_GONE, ErrorReason.EXECUTOR_UNREACHABLE);

  private final ExecService execs;
  private final ProjectId project;
  private final Executor threads;

  ExecStream(ExecService execs, ProjectId project, Executor threads) {
    this.execs = execs;
    this.project = project;
    this.threads = threads;
  }

  /** What is done with the executor's messages. */
  private interface Messages {
    void take(RelayRequest message) throws InterruptedException;
  }

  /** What is done with the relay once it is open, beside reading from it. */
  private interface Opened {
    void with(Relay relay);
  }

  void watch(ExecId id, AttachExec attach, Duplex<?, WatchExecResponse> client)
      throws InterruptedException {
    Exec exec = execs.started(project, id);
    client.write(ExecProtoMapper.watched(exec));
    follow(
        exec,
        attach,
        relay -> {},
        message -> {
          if (message.hasExecOutput()) {
            client.write(WatchExecResponse.newBuilder().setOutput(message.getExecOutput()).build());
          }
        });
    client.write(ExecProtoMapper.watched(execs.ended(project, id)));
  }

  void converse(ExecId id, WatchExecRequest attach, Duplex<ExecRequest, ExecResponse> client)
      throws InterruptedException {
    Exec exec = execs.started(project, id);
    client.write(ExecProtoMapper.answer(exec));
    follow(
        exec,
        ExecProtoMapper.attach(attach),
        relay -> threads.execute(() -> inputs(client, relay)),
        message -> {
          if (message.hasExecOutput()) {
            client.write(ExecResponse.newBuilder().setOutput(message.getExecOutput()).build());
          } else if (!message.getInputAck().isEmpty()) {
            client.write(
                ExecResponse.newBuilder()
                    .setInputAck(
                        ExecResponse.InputAck.newBuilder().setInputId(message.getInputAck()))
                    .build());
          }
        });
    client.write(ExecProtoMapper.answer(execs.ended(project, id)));
  }

  /** Of an exec that is lost, its output may be too: that is no failure of its own. */
  private void follow(Exec exec, AttachExec attach, Opened opened, Messages messages)
      throws InterruptedException {
    try (Relay relay = execs.attach(exec, ExecProtoMapper.operation(exec, attach))) {
      opened.with(relay);
      for (var message = relay.next(); message.isPresent(); message = relay.next()) {
        messages.take(message.get());
      }
    } catch (BerthException e) {
      boolean lost = execs.find(project, exec.id()).status().state() == ExecState.LOST;
      if (!lost || !OUTPUT_AWAY.contains(e.reason())) {
        throw e;
      }
    }
  }

  /** Passes inputs on until the client has said all, or leaves: then the relay goes with it. */
  private static void inputs(Duplex<ExecRequest, ExecResponse> client, Relay relay) {
    try {
      for (var message = client.read(); message.isPresent(); message = client.read()) {
        if (!message.get().hasInput()) {
          client.fail(ExecErrors.firstMissing());
          return;
        }
        relay.send(message.get().getInput());
      }
    } catch (StatusRuntimeException e) {
      relay.cancel();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      relay.cancel();
    }
  }

  /** Hands one input on; returns once the executor has acknowledged it. */
  void send(ExecId id, ExecInput input) throws InterruptedException {
    Exec exec = execs.started(project, id);
    if (exec.status().state().ended()) {
      throw ExecErrors.ended(exec);
    }
    var attach = AttachExec.newBuilder().setOnlyInput(true).build();
    try (Relay relay = execs.attach(exec, ExecProtoMapper.operation(exec, attach))) {
      relay.send(input);
      relay.end();
      for (var message = relay.next(); message.isPresent(); message = relay.next()) {
        assert message.get().getInputAck().equals(input.getInputId());
      }
    }
  }
}
