package dev.berth.controlplane.testsupport;

import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.Failure;
import dev.berth.executor.v1.PooledReport;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The pooled containers of a {@link ScriptedAgent}. */
public final class ScriptedPool {
  private final Map<String, PooledReport> ready = new ConcurrentHashMap<>();
  private final Consumer<ConnectRequest> say;
  private volatile @Nullable Failure failure;

  ScriptedPool(Consumer<ConnectRequest> say) {
    this.say = say;
  }

  /** None can be made from now on; null: they can again. */
  public void fail(@Nullable Failure why) {
    failure = why;
  }

  /** Ids of those it has. */
  public Set<String> ids() {
    return Set.copyOf(ready.keySet());
  }

  Collection<PooledReport> reports() {
    return List.copyOf(ready.values());
  }

  void clear() {
    ready.clear();
  }

  void ensure(String id) {
    Failure why = failure;
    PooledReport.Builder report = PooledReport.newBuilder().setPooledId(id);
    if (why == null) {
      report.setState(PooledReport.State.STATE_READY);
      ready.put(id, report.build());
    } else {
      report.setState(PooledReport.State.STATE_FAILED).setFailure(why);
    }
    say.accept(ConnectRequest.newBuilder().setPooled(report).build());
  }

  void remove(String id) {
    take(id);
    say.accept(
        ConnectRequest.newBuilder()
            .setPooled(
                PooledReport.newBuilder()
                    .setPooledId(id)
                    .setState(PooledReport.State.STATE_REMOVED))
            .build());
  }

  /** A worker has it. */
  void take(String id) {
    ready.remove(id);
  }
}
