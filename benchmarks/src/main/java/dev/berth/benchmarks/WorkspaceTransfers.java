package dev.berth.benchmarks;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Program;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.WriteFileRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * What a client waits for, {@code SyncWorkspace} and {@code ActivateSession}, beside restic and tar
 * on the same files and the same object store. Everything was read or written a moment before and
 * is written back to the disk before a measure begins; nobody waits for the disk in a measure but
 * the live syncs, which write back what is new before they look.
 */
final class WorkspaceTransfers implements Benchmark {
  private static final int CHANGED = 10;
  private static final Duration WAIT = Duration.newBuilder().setSeconds(60).build();
  private static final String HEAP = "heap of the executor agent, most in use";

  private final Times times = new Times();
  private final Steps steps = new Steps();

  @Override
  public Times run(int rounds) throws Exception {
    Path scratch = Files.createTempDirectory("berth-bench-");
    Path gcLog = scratch.resolve("gc.log");
    Path recording = scratch.resolve("agent.jfr");
    try {
      Path synthetic = scratch.resolve("synthetic");
      SyntheticTree.make(synthetic, 1);
      Path npm = NpmTree.make(cache());
      try (Stack stack =
          Stack.startWithoutExecutor(Map.of(Program.JAVA_OPTIONS, AsShipped.PLANE))) {
        String agent = AsShipped.AGENT + " -Xlog:gc:" + gcLog + " " + Steps.javaOption(recording);
        stack.startExecutor("local", Map.of(Program.JAVA_OPTIONS, agent));
        for (int round = 0; round < rounds; round++) {
          new Round(stack, scratch, "synthetic-" + round, ", synthetic").run(synthetic, round);
          new Round(stack, scratch, "npm-" + round, ", npm").run(npm, round);
        }
      }
      steps.into(times, recording);
      times.add(HEAP, "MiB", HeapLog.most(gcLog));
      times.reach(HEAP, 256);
      reaches(", synthetic");
      reaches(", npm");
      return times;
    } finally {
      Shell.run("rm", "-rf", scratch.toString());
    }
  }

  private void reaches(String tree) {
    times.against("first sync" + tree, "restic backup" + tree, 0.8);
    times.against("sync after 10 changes" + tree, "restic backup after 10 changes" + tree, 0.4);
    times.against("restore" + tree, "restic restore" + tree, 0.6);
    times.against("restore" + tree, "tar -x" + tree, 1.3);
  }

  private static Path cache() throws IOException {
    String home = System.getenv("BERTH_HOME");
    Path base = home == null ? Path.of(System.getProperty("java.io.tmpdir")) : Path.of(home);
    return Files.createDirectories(base.resolve("cache"));
  }

  /** One session with one tree, from empty to restored. */
  private final class Round {
    private final Stack stack;
    private final Client client;
    private final Path scratch;
    private final String name;
    private final String tree;
    private final String id;
    private final Path files;

    Round(Stack stack, Path scratch, String name, String tree) {
      this.stack = stack;
      this.client = stack.client();
      this.scratch = scratch;
      this.name = name;
      this.tree = tree;
      this.id = client.createSession(name, SessionSpec.getDefaultInstance()).getId();
      this.files = stack.copy("local", id).resolve("fs/workspace");
    }

    void run(Path source, int number) throws Exception {
      settled("activate: no files" + tree, () -> activate());
      settled("push" + tree, () -> push(source));
      Restic restic = new Restic(stack.home(), scratch, "restic-" + name);
      inTurn(
          number,
          () -> ours("first sync", () -> sync()),
          () -> settled("restic backup" + tree, () -> restic.backup(files)));
      change();
      inTurn(
          number,
          () -> ours("sync after 10 changes", () -> sync()),
          () -> settled("restic backup after 10 changes" + tree, () -> restic.backup(files)));
      Path tar = scratch.resolve(name + ".tar");
      check("tar", "-cf", tar.toString(), "-C", files.toString(), ".");
      stop();
      Path unpacked = Files.createDirectory(scratch.resolve(name + "-tar"));
      Path restored = scratch.resolve(name + "-restic");
      inTurn(
          number,
          () -> ours("restore", () -> activate()),
          () -> {
            settled("restic restore" + tree, () -> restic.restore(restored));
            return settled(
                "tar -x" + tree,
                () -> check("tar", "-xf", tar.toString(), "-C", unpacked.toString()));
          });
      check("diff", "-r", "--no-dereference", unpacked.toString(), files.toString());
      delete();
      check("sh", "-c", "rm -rf '%s/%s'* '%s/restic-%s'*".formatted(scratch, name, scratch, name));
      check("rm", "-rf", stack.home().resolve("store/restic-" + name).toString());
    }

    private Object ours(String what, Callable<?> work) throws Exception {
      return settled(what + tree, () -> steps.during(what + tree, work));
    }

    /** Measures it, once what was written before has reached the disk, the session's own first. */
    private Object settled(String what, Callable<?> work) throws Exception {
      if (Files.exists(files)) {
        check("sync", "-f", files.toString());
      }
      check("sync", "-f", scratch.toString());
      return times.of(what, work);
    }

    private Object push(Path source) {
      return done(stack.berth("workspace", "push", name, source.toString()), "push");
    }

    private void change() throws IOException {
      List<Path> all;
      try (Stream<Path> walk = Files.walk(files)) {
        all =
            walk.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                .sorted()
                .toList();
      }
      for (int i = 0; i < CHANGED; i++) {
        Path file = all.get(all.size() / CHANGED * i);
        client
            .workspaces()
            .writeFile(
                WriteFileRequest.newBuilder()
                    .setSessionId(id)
                    .setPath(files.relativize(file).toString())
                    .setData(ByteString.copyFromUtf8("changed in " + name))
                    .build());
      }
    }

    private Object activate() {
      var session =
          client
              .sessions()
              .activateSession(
                  ActivateSessionRequest.newBuilder().setSessionId(id).setWait(WAIT).build())
              .getSession();
      return expect(session.getState(), SessionState.SESSION_STATE_ACTIVE);
    }

    private void stop() {
      var session =
          client
              .sessions()
              .stopSession(
                  StopSessionRequest.newBuilder()
                      .setSessionId(id)
                      .setRemoveCopy(true)
                      .setWait(WAIT)
                      .build())
              .getSession();
      expect(session.getState(), SessionState.SESSION_STATE_STOPPED);
    }

    private Object sync() {
      return client
          .workspaces()
          .syncWorkspace(SyncWorkspaceRequest.newBuilder().setSessionId(id).build());
    }

    private void delete() {
      client
          .sessions()
          .deleteSession(
              DeleteSessionRequest.newBuilder()
                  .setSessionId(id)
                  .setForce(true)
                  .setWait(WAIT)
                  .build());
    }
  }

  /** Who goes first changes from round to round. */
  private static void inTurn(int round, Callable<?> ours, Callable<?> peers) throws Exception {
    for (Callable<?> each : round % 2 == 0 ? List.of(ours, peers) : List.of(peers, ours)) {
      each.call();
    }
  }

  private static Object expect(SessionState state, SessionState wanted) {
    if (state != wanted) {
      throw new IllegalStateException("the session is " + state + ", not " + wanted);
    }
    return state;
  }

  private static Object check(String... command) {
    return done(Shell.run(command), String.join(" ", command));
  }

  private static Object done(Shell.Result result, String what) {
    if (result.exit() != 0) {
      throw new IllegalStateException(what + ": " + result.output());
    }
    return result;
  }
}
