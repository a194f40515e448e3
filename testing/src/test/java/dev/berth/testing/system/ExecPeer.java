package dev.berth.testing.system;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.Client;
import dev.berth.v1.Exec;
import dev.berth.v1.ExecInput;
import dev.berth.v1.ExecOutput;
import dev.berth.v1.ExecServiceGrpc;
import dev.berth.v1.GetExecRequest;
import dev.berth.v1.SendExecInputRequest;
import dev.berth.v1.SignalExecRequest;
import dev.berth.v1.StartExecRequest;
import dev.berth.v1.TerminalSize;
import dev.berth.v1.WatchExecRequest;
import dev.berth.v1.WatchExecResponse;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** One exec, through one control plane, by the calls that need no bidirectional stream. */
record ExecPeer(Client client, String id) {

  /** How it ended, and all it printed from where it was asked for. */
  record End(Exec exec, String out, String err, long truncated) {}

  static ExecPeer start(Client client, String session, String... command) {
    return start(
        client,
        StartExecRequest.newBuilder()
            .setSessionId(session)
            .addAllCommand(List.of(command))
            .build());
  }

  static ExecPeer start(Client client, StartExecRequest request) {
    return new ExecPeer(client, stub(client).startExec(request).getExec().getId());
  }

  static ExecServiceGrpc.ExecServiceBlockingStub stub(Client client) {
    return ExecServiceGrpc.newBlockingStub(client.channel());
  }

  Exec get() {
    return stub(client).getExec(GetExecRequest.newBuilder().setExecId(id).build()).getExec();
  }

  void type(String text) {
    send(input(text));
  }

  /** Sends it twice, as one who got no answer would. */
  void typeTwice(String text) {
    var input = input(text);
    send(input);
    send(input);
  }

  private static ExecInput.Builder input(String text) {
    return ExecInput.newBuilder()
        .setInputId(UUID.randomUUID().toString())
        .setData(ByteString.copyFromUtf8(text));
  }

  void close() {
    send(ExecInput.newBuilder().setInputId("close").setClose(ExecInput.Close.getDefaultInstance()));
  }

  void resize(int rows, int columns) {
    send(
        ExecInput.newBuilder()
            .setInputId("resize")
            .setResize(TerminalSize.newBuilder().setRows(rows).setColumns(columns)));
  }

  private void send(ExecInput.Builder input) {
    var answer =
        stub(client)
            .sendExecInput(SendExecInputRequest.newBuilder().setExecId(id).setInput(input).build());
    assert answer.getSerializedSize() == 0;
  }

  void signal(String name) {
    var answer =
        stub(client)
            .signalExec(SignalExecRequest.newBuilder().setExecId(id).setSignal(name).build());
    assert answer.getSerializedSize() == 0;
  }

  /** Watches until its standard output holds that text. */
  void awaitOutput(Predicate<String> wanted) {
    var seen = new ByteArrayOutputStream();
    try {
      var answers = watch(stub(client).withDeadlineAfter(30, TimeUnit.SECONDS), 0);
      while (!wanted.test(text(seen)) && answers.hasNext()) {
        seen.writeBytes(answers.next().getOutput().getData().toByteArray());
      }
    } catch (StatusRuntimeException e) {
      throw new AssertionError("so far: " + text(seen), e);
    }
    if (!wanted.test(text(seen))) {
      throw new AssertionError("it ended with: " + text(seen));
    }
  }

  private Iterator<WatchExecResponse> watch(
      ExecServiceGrpc.ExecServiceBlockingStub stub, long outFrom) {
    return stub.watchExec(
        WatchExecRequest.newBuilder().setExecId(id).setStdoutOffset(outFrom).build());
  }

  End follow(long outFrom) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    long truncated = 0;
    Exec last = Exec.getDefaultInstance();
    var answers = watch(stub(client).withDeadlineAfter(60, TimeUnit.SECONDS), outFrom);
    while (answers.hasNext()) {
      var answer = answers.next();
      if (answer.hasExec()) {
        last = answer.getExec();
      } else {
        var output = answer.getOutput();
        truncated += output.getTruncatedBytes();
        (output.getStream() == ExecOutput.Stream.STREAM_STDERR ? err : out)
            .writeBytes(output.getData().toByteArray());
      }
    }
    return new End(last, text(out), text(err), truncated);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
