package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetWorkerRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** {@code berth pool}, and the containers behind it, on a real engine. */
class WarmPoolTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @AutoClose private final Stack stack = Stack.start();
  private final Client client = stack.client();

  @Test
  void sessionsTakeItsContainers_itFillsUpAgain_outlivesItsAgent_andGoesWithoutATrace() {
    berth("create", "warm", "--size", "2");
    awaitReady(2);
    Set<String> ahead = containers();
    assertThat(ahead).hasSize(2);

    String session = client.createSession("first", SessionSpec.getDefaultInstance()).getId();
    runs(session, "echo kept > file");
    assertThat(ahead).as("it was there before its session").contains(container(session));
    assertThat(new Workspace(client, session).read("file")).isEqualTo("kept\n");
    awaitReady(2);
    assertThat(pool().get("hits").getAsLong()).isEqualTo(1);
    assertThat(berth("list")).contains("warm");

    stack.executor("local").kill();
    stack.startExecutor("local");
    awaitReady(2);
    Set<String> adopted = containers();
    adopted.remove(container(session));
    String other = client.createSession("second", SessionSpec.getDefaultInstance()).getId();
    runs(other, "test ! -e file");
    assertThat(adopted).contains(container(other));

    berth("update", "warm", "--size", "0");
    awaitReady(0);
    berth("delete", "warm");
    await("only what sessions have is left")
        .atMost(PATIENCE)
        .until(() -> containers().equals(Set.of(container(session), container(other))));
    runs(session, "test -e file");
  }

  private void awaitReady(int wanted) {
    await(wanted + " ready").atMost(PATIENCE).until(() -> ready() == wanted);
  }

  private int ready() {
    JsonArray executors = pool().getAsJsonArray("executors");
    int ready = 0;
    for (var each : executors == null ? new JsonArray() : executors) {
      var count = each.getAsJsonObject().get("ready");
      ready += count == null ? 0 : count.getAsInt();
    }
    return ready;
  }

  private JsonObject pool() {
    return JsonParser.parseString(berth("get", "warm", "--output", "json")).getAsJsonObject();
  }

  private String berth(String... arguments) {
    var command = new java.util.ArrayList<>(List.of("pool"));
    command.addAll(List.of(arguments));
    var result = stack.berth(command.toArray(String[]::new));
    assertThat(result.exit()).as(result.output()).isZero();
    return result.output();
  }

  /** All that the engine has of this executor's. */
  private Set<String> containers() {
    var label = "label=dev.berth.executor=" + stack.executorId("local");
    var result = Shell.run("docker", "ps", "-q", "--no-trunc", "--filter", label);
    assertThat(result.exit()).as(result.output()).isZero();
    return new HashSet<>(result.output().lines().toList());
  }

  private String container(String session) {
    var request = GetSessionRequest.newBuilder().setSessionId(session).build();
    String worker = client.sessions().getSession(request).getSession().getWorkerId();
    String ref =
        client
            .executors()
            .getWorker(GetWorkerRequest.newBuilder().setWorkerId(worker).build())
            .getWorker()
            .getContainerRef();
    return Shell.run("docker", "inspect", "-f", "{{.Id}}", ref).output().strip();
  }

  private void runs(String session, String script) {
    Run run = client.awaitRun(client.createRun(session, "sh", "-ec", script).getId(), PATIENCE);
    assertThat(run.getState()).as("%s", run).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }
}
