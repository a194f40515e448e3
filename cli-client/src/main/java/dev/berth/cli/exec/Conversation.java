package dev.berth.cli.exec;

import com.google.protobuf.ByteString;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.v1.Exec;
import dev.berth.v1.ExecInput;
import dev.berth.v1.ExecOutput;
import dev.berth.v1.ExecResponse;
import dev.berth.v1.ExecState;
import dev.berth.v1.StartExecRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import sun.misc.Signal;

/** The user at an exec: standard streams, keys and signals, until it ends or he leaves. */
final class Conversation {
  private static final int BLOCK = 16 * 1024;

  private final Cli cli;
  private final boolean terminal;
  private final boolean input;
  private final ExecFollower follower;
  private final AtomicInteger interrupts = new AtomicInteger();

  /**
   * @param terminal whether the exec has one
   * @param input whether our standard input goes to it
   */
  Conversation(Cli cli, boolean terminal, boolean input) {
    this.cli = cli;
    this.terminal = terminal;
    this.input = input;
    this.follower = new ExecFollower(cli.connection(), this::show);
  }

  int start(StartExecRequest request) {
    if (!input && !terminal) {
      send(ExecInput.newBuilder().setClose(ExecInput.Close.getDefaultInstance()));
    }
    return converse(f -> f.start(request));
  }

  int attach(Exec exec) {
    return converse(f -> f.attach(exec));
  }

  private int converse(Function<ExecFollower, Optional<Exec>> following) {
    var raw = terminal && input ? Terminal.raw() : Optional.<Terminal>empty();
    try {
      if (terminal) {
        Signal.handle(new Signal("WINCH"), _ -> resize());
        resize();
      } else {
        Signal.handle(new Signal("INT"), _ -> interrupted());
      }
      if (input) {
        Thread.ofPlatform().daemon().name("input").start(() -> pass(cli.in()));
      }
      return exitCode(following.apply(follower));
    } finally {
      cli.printer().out().flush();
      raw.ifPresent(Terminal::close);
    }
  }

  private void resize() {
    Terminal.size().ifPresent(size -> send(ExecInput.newBuilder().setResize(size)));
  }

  /** The first goes to the program, the second leaves it to itself. */
  private void interrupted() {
    if (interrupts.incrementAndGet() == 1) {
      send(ExecInput.newBuilder().setSignal("INT"));
    } else {
      follower.detach();
    }
  }

  private void pass(InputStream in) {
    var keys = new Keys();
    var block = new byte[BLOCK];
    try {
      for (int got = in.read(block); got >= 0; got = in.read(block)) {
        byte[] bytes = terminal ? keys.typed(block, got) : Arrays.copyOf(block, got);
        if (bytes.length > 0) {
          send(ExecInput.newBuilder().setData(ByteString.copyFrom(bytes)));
        }
        if (keys.detached()) {
          follower.detach();
          return;
        }
      }
      if (!terminal) {
        send(ExecInput.newBuilder().setClose(ExecInput.Close.getDefaultInstance()));
      }
    } catch (IOException e) {
      follower.detach();
    }
  }

  private void send(ExecInput.Builder message) {
    try {
      follower.send(message);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      follower.detach();
    }
  }

  private void show(ExecResponse answer) {
    if (cli.printer().json()) {
      cli.printer().line(answer);
      return;
    }
    if (!answer.hasOutput()) {
      return;
    }
    ExecOutput output = answer.getOutput();
    boolean error = output.getStream() == ExecOutput.Stream.STREAM_STDERR;
    PrintStream to = error ? cli.printer().err() : cli.printer().out();
    try {
      if (output.getTruncatedBytes() > 0) {
        cli.printer().say("[" + output.getTruncatedBytes() + " bytes before are not kept]");
      }
      output.getData().writeTo(to);
      to.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int exitCode(Optional<Exec> end) {
    if (end.isEmpty()) {
      cli.printer().say("Left to itself: berth exec attach " + follower.known().getId());
      return ExitCode.DETACHED.code();
    }
    if (end.get().getState() != ExecState.EXEC_STATE_EXITED) {
      cli.printer()
          .say("berth: the exec is lost: " + end.get().getReason() + ": " + end.get().getMessage());
      return ExitCode.RUN_FAILURE.code();
    }
    return end.get().getExitCode();
  }
}
