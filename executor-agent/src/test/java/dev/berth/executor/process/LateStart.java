package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ExecSpec;
import dev.berth.executor.container.docker.EngineFixture;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** An engine that is asked to start a process, and does so late. */
final class LateStart {

  private final EngineFixture engine;
  private final CompletableFuture<String> asked = new CompletableFuture<>();

  private final AtomicBoolean carriedOut = new AtomicBoolean();

  LateStart(EngineFixture engine) {
    this.engine = engine;
  }

  /** For who asks; it gets no answer. */
  ContainerRuntime silent() {
    return around((method, arguments) -> {
      if (method.getName().equals("startExec")) {
        create((String) arguments[0], (ExecSpec) arguments[1]);
        new CountDownLatch(1).await();
      }
      return ask(method, arguments);
    });
  }

  /** For who looks whether it was started: it is, right after the look. */
  ContainerRuntime startingOnceLookedAt() {
    return around((method, arguments) -> {
      Object answer = ask(method, arguments);
      if (method.getName().equals("guests") && carriedOut.compareAndSet(false, true)) {
        carryOut();
      }
      return answer;
    });
  }

  private interface Call {
    Object of(Method method, Object[] arguments) throws Throwable;
  }

  private static ContainerRuntime around(Call call) {
    return (ContainerRuntime)
        Proxy.newProxyInstance(
            LateStart.class.getClassLoader(),
            new Class<?>[] {ContainerRuntime.class},
            (proxy, method, arguments) -> call.of(method, arguments));
  }

  private Object ask(Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(engine.runtime(), arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private void create(String container, ExecSpec spec) {
    asked.complete(
        engine
            .docker()
            .execCreateCmd(container)
            .withUser(spec.user() + ":" + spec.user())
            .withCmd(spec.argv().toArray(String[]::new))
            .exec()
            .getId());
  }

  boolean carriedOut() {
    return carriedOut.get();
  }

  void awaitAsked() throws Exception {
    assertThat(asked.get(20, TimeUnit.SECONDS)).isNotEmpty();
  }

  /** Answers when what was started has ended. */
  private void carryOut() throws Exception {
    String exec = asked.join();
    engine
        .docker()
        .execStartCmd(exec)
        .withDetach(true)
        .exec(new ResultCallback.Adapter<Frame>())
        .awaitCompletion();
    await().until(() -> engine.runtime().inspectExec(exec).orElseThrow().exitCode().isPresent());
  }
}
