package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.DeleteExecutorRequest;
import dev.berth.v1.DrainExecutorRequest;
import dev.berth.v1.Executor;
import dev.berth.v1.ExecutorState;
import dev.berth.v1.GetExecutorRequest;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetWorkerRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A host is emptied: its sessions go on with their files on another one. */
class DrainTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @AutoClose private final Stack stack = Stack.startWithoutExecutor(Map.of());

  @Test
  void sessionsMoveWithTheirFiles_theBusyOneWhenItsRunHasEnded_andTheHostCanGo() {
    stack.startExecutor("old", Map.of());
    Session idle = client().createSession("idle", SessionSpec.getDefaultInstance());
    Session busy = client().createSession("busy", SessionSpec.getDefaultInstance());
    Run wrote = client().createRun(idle.getId(), "sh", "-c", "mkdir d; echo kept > d/file");
    assertThat(client().awaitRun(wrote.getId(), PATIENCE).getState())
        .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    Run waits = client().createRun(busy.getId(), "sh", "-c", "until [ -e go ]; do sleep 0.3; done");
    new Workspace(client(), busy.getId()).write("before", "written while it ran");
    new Workspace(client(), idle.getId()).write("unsaved", "by nobody's run");
    stack.startExecutor("new", Map.of());
    String old = stack.executorId("old");

    client()
        .executors()
        .drainExecutor(DrainExecutorRequest.newBuilder().setExecutorId(old).build());
    awaitOn("new", idle);
    assertThat(new Workspace(client(), idle.getId()).read("d/file")).isEqualTo("kept\n");
    assertThat(new Workspace(client(), idle.getId()).read("unsaved")).isEqualTo("by nobody's run");
    Executor halfway = executor(old);
    assertThat(halfway.getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DRAINING);
    assertThat(halfway.getUsed().getWorkers()).isEqualTo(1);

    new Workspace(client(), busy.getId()).write("go", "");
    assertThat(client().awaitRun(waits.getId(), PATIENCE).getState())
        .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    awaitOn("new", busy);
    assertThat(new Workspace(client(), busy.getId()).read("before"))
        .isEqualTo("written while it ran");
    await("the old host is empty")
        .atMost(PATIENCE)
        .until(() -> executor(old).getState() == ExecutorState.EXECUTOR_STATE_DRAINED);
    Executor gone =
        client()
            .executors()
            .deleteExecutor(DeleteExecutorRequest.newBuilder().setExecutorId(old).build())
            .getExecutor();
    assertThat(gone.getState()).isEqualTo(ExecutorState.EXECUTOR_STATE_DELETED);
    await("its link ends").atMost(PATIENCE).until(() -> !executor(old).getConnected());
  }

  private void awaitOn(String executor, Session session) {
    await(session.getName() + " on " + executor)
        .atMost(PATIENCE)
        .until(() -> {
          Session now =
              client()
                  .sessions()
                  .getSession(GetSessionRequest.newBuilder().setSessionId(session.getId()).build())
                  .getSession();
          return now.getState() == SessionState.SESSION_STATE_ACTIVE
              && workerExecutor(now).equals(stack.executorId(executor));
        });
  }

  private String workerExecutor(Session session) {
    return client()
        .executors()
        .getWorker(GetWorkerRequest.newBuilder().setWorkerId(session.getWorkerId()).build())
        .getWorker()
        .getExecutorId();
  }

  private Executor executor(String id) {
    return client()
        .executors()
        .getExecutor(GetExecutorRequest.newBuilder().setExecutorId(id).build())
        .getExecutor();
  }

  private Client client() {
    return stack.client();
  }
}
