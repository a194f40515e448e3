package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.testing.Sources;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.Event;
import dev.berth.v1.EventFilter;
import dev.berth.v1.Executor;
import dev.berth.v1.GetExecutorRequest;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.Resources;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.WatchRunRequest;
import io.grpc.Status;
import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.channelz.v1.GetServerSocketsRequest;
import io.grpc.channelz.v1.GetServersRequest;
import io.grpc.channelz.v1.GetSocketRequest;
import io.grpc.channelz.v1.Socket;
import io.grpc.channelz.v1.SocketData;
import io.grpc.channelz.v1.SocketRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Much at once, and readers that do not read, with leases and patience cut short. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoadTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long MEBIBYTE = 1 << 20;

  @AutoClose
  private final Stack stack =
      Stack.startWithoutExecutor(
          Map.of(
              "BERTH_LEASE_EXECUTOR", "6s",
              "BERTH_LEASE_LOST_AFTER", "12s",
              "BERTH_LEASE_HEARTBEAT", "1s",
              "BERTH_WATCH_SLOW", "2s",
              "BERTH_BOUNDS_KEEPALIVE_TIME", "2s",
              "BERTH_BOUNDS_KEEPALIVE_TIMEOUT", "2s"));

  @BeforeAll
  void begin() {
    stack.startExecutor("local");
  }

  @Test
  void aSlowWatcher_costsLittleMemory_isCut_andResumesWhereItStood() {
    String session = session("slow");
    long before = liveHeapBytes();
    // Longer than any buffer, and longer under way than a slow watcher is borne.
    String run = run(session, printing(48) + "; sleep 4");
    Watcher slow = Watcher.slow(client(), run);
    Watcher eager = Watcher.eager(client(), run);
    await("all is printed")
        .atMost(PATIENCE)
        .until(() -> eager.events().stream().mapToLong(LoadTest::bytes).sum() == 48 * MEBIBYTE);
    assertThat(slow.answers().size()).isLessThanOrEqualTo(1);
    assertThat(liveHeapBytes() - before).isLessThan(24 * MEBIBYTE);
    await("the run has ended").atMost(PATIENCE).until(() -> eager.end().isPresent());
    assertThat(eager.end().orElseThrow().isOk()).isTrue();

    slow.readOn();
    await("it learns that it was cut").atMost(PATIENCE).until(() -> slow.end().isPresent());
    assertThat(slow.end().orElseThrow().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(slow.events().size()).isLessThan(eager.events().size());
    List<RunEvent> all = new ArrayList<>(slow.events());
    var rest =
        WatchRunRequest.newBuilder()
            .setRunId(run)
            .setAfterSeq(slow.answers().getLast().getExaminedSeq())
            .build();
    client().runs().watchRun(rest).forEachRemaining(answer -> all.addAll(answer.getEventsList()));
    assertThat(all).isEqualTo(eager.events());
  }

  @Test
  void watchersThatGoAway_areNoticed_alsoTheOneThatSaysNothing() throws Exception {
    String run = run(session("left"), "sleep 300");
    Watcher leaving = Watcher.eager(client(), run);
    await("it watches").atMost(PATIENCE).until(() -> !leaving.answers().isEmpty());
    long watched = openStreams();
    leaving.goAway();
    await("its stream is closed").atMost(PATIENCE).until(() -> openStreams() == watched - 1);

    Set<Long> others = sockets().keySet();
    Path seen = stack.home().resolve("watcher.log");
    ProcessBuilder watch =
        new ProcessBuilder(
                Sources.root().resolve("berth").toString(), "run", "watch", run, "--output=json")
            .redirectOutput(seen.toFile());
    watch.environment().put("BERTH_HOME", stack.home().toString());
    Process frozen = watch.start();
    try {
      await("it watches").atMost(PATIENCE).until(() -> Files.size(seen) > 0);
      long its = newcomer(others);
      assertThat(openStreams(its)).isEqualTo(1);
      Shell.run("kill", "-STOP", String.valueOf(frozen.pid()));
      await("its stream is given up").atMost(PATIENCE).until(() -> openStreams(its) == 0);
      assertThat(frozen.isAlive()).isTrue();
    } finally {
      frozen.destroyForcibly();
    }
  }

  @Test
  void heartbeatsKeepTime_while100MbArePushed_andARunFloods(@TempDir Path local) throws Exception {
    Path tar = tarOfRandomBytes(local, 100);
    String flood = run(session("flood"), "yes | head -c 300M; sleep 1");
    Watcher watcher = Watcher.eager(client(), flood);
    await("it floods").atMost(PATIENCE).until(() -> watcher.answers().size() > 3);
    Executor before = executor();
    var pushed = new Workspace(client(), session("pushed")).push("in", tar);
    await("100 MB are there, and the executor was there all the while")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          Executor now = executor();
          assertThat(now.getConnected()).isTrue();
          assertThat(now.getReady()).isTrue();
          return pushed.isDone();
        });
    assertThat(pushed.get().getBytes()).isEqualTo(100 * MEBIBYTE);
    assertThat(executor().getLinkEpoch()).isEqualTo(before.getLinkEpoch());
    assertThat(executorEvents()).doesNotContain("executor.disconnected", "executor.expired");
    var cancel = CancelRunRequest.newBuilder().setRunId(flood).build();
    client().runs().cancelRun(cancel);
    assertThat(client().awaitRun(flood, PATIENCE).getState())
        .isIn(RunState.RUN_STATE_CANCELED, RunState.RUN_STATE_SUCCEEDED);
    watcher.goAway();
  }

  private static String printing(int mebibytes) {
    return "yes $(printf %0900d 0) | head -c " + mebibytes + "M";
  }

  private static long bytes(RunEvent event) {
    return event.getLog().getData().size();
  }

  /** What is reachable in the control plane's heap, after a collection. */
  private long liveHeapBytes() {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    var histogram =
        Shell.run(jcmd.toString(), String.valueOf(stack.plane().pid()), "GC.class_histogram");
    String total =
        histogram.lines().stream()
            .filter(line -> line.startsWith("Total"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(total.split("\\s+", -1)[2]);
  }

  private long openStreams() {
    return sockets().values().stream().mapToLong(LoadTest::open).sum();
  }

  /** Of one connection; none where it is gone. */
  private long openStreams(long connection) {
    return Optional.ofNullable(sockets().get(connection)).map(LoadTest::open).orElse(0L);
  }

  private static long open(SocketData socket) {
    return socket.getStreamsStarted() - socket.getStreamsSucceeded() - socket.getStreamsFailed();
  }

  private long newcomer(Set<Long> others) {
    Set<Long> now = new HashSet<>(sockets().keySet());
    now.removeAll(others);
    assertThat(now).hasSize(1);
    return now.iterator().next();
  }

  /** Connections of clients, by channelz's number; executors come and go as they need. */
  private Map<Long, SocketData> sockets() {
    var channelz = ChannelzGrpc.newBlockingStub(client().channel());
    Map<Long, SocketData> sockets = new HashMap<>();
    for (var server : channelz.getServers(GetServersRequest.getDefaultInstance()).getServerList()) {
      if (server.getListenSocketList().stream().anyMatch(ref -> ofClients(channelz, ref))) {
        var request =
            GetServerSocketsRequest.newBuilder().setServerId(server.getRef().getServerId()).build();
        for (SocketRef ref : channelz.getServerSockets(request).getSocketRefList()) {
          sockets.put(ref.getSocketId(), socket(channelz, ref).getData());
        }
      }
    }
    return sockets;
  }

  private boolean ofClients(ChannelzGrpc.ChannelzBlockingStub channelz, SocketRef listening) {
    int port = socket(channelz, listening).getLocal().getTcpipAddress().getPort();
    return client().channel().authority().endsWith(":" + port);
  }

  private static Socket socket(ChannelzGrpc.ChannelzBlockingStub channelz, SocketRef ref) {
    var request = GetSocketRequest.newBuilder().setSocketId(ref.getSocketId()).build();
    return channelz.getSocket(request).getSocket();
  }

  private List<String> executorEvents() {
    var filter = EventFilter.newBuilder().setResourceKind("executor");
    return client()
        .events()
        .listEvents(ListEventsRequest.newBuilder().setFilter(filter).setPageSize(1000).build())
        .getEventsList()
        .stream()
        .map(Event::getType)
        .toList();
  }

  private Executor executor() {
    var request = GetExecutorRequest.newBuilder().setExecutorId(stack.executorId("local")).build();
    return client().executors().getExecutor(request).getExecutor();
  }

  private static Path tarOfRandomBytes(Path directory, int mebibytes) throws IOException {
    byte[] part = new byte[(int) MEBIBYTE];
    Random random = new Random(3);
    try (var out = Files.newOutputStream(directory.resolve("bytes"))) {
      for (int i = 0; i < mebibytes; i++) {
        random.nextBytes(part);
        out.write(part);
      }
    }
    Path tar = directory.resolve("bytes.tar");
    Shell.run("tar", "-C", directory.toString(), "-cf", tar.toString(), "bytes");
    return tar;
  }

  private String run(String session, String script) {
    var spec = RunSpec.newBuilder().addAllCommand(List.of("sh", "-c", script));
    var request = CreateRunRequest.newBuilder().setSessionId(session).setSpec(spec).build();
    return client().runs().createRun(request).getRun().getId();
  }

  private String session(String name) {
    var resources = Resources.newBuilder().setCpuMillis(300).setMemoryBytes(128 * MEBIBYTE);
    return client()
        .createSession(name, SessionSpec.newBuilder().setResources(resources).build())
        .getId();
  }

  private Client client() {
    return stack.client();
  }
}
