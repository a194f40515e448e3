package dev.berth.executor.gateway;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.linux.NetworkNamespace;
import dev.berth.executor.process.ModelAccess;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's listeners in sandboxes: one in each container in which an attempt may ask models,
 * on its own loopback, for as long as one may. A container that was started again has another
 * network, and so another listener.
 */
public final class SandboxDoors implements ModelAccess {
  private static final Logger LOG = LoggerFactory.getLogger(SandboxDoors.class);

  /** Of the loopback of each sandbox. */
  static final int PORT = 7410;

  private record Opened(long pid, Gateway.Door door) {}

  private final Gateway gateway;
  private final ContainerRuntime runtime;
  private final Map<String, Opened> doors = new HashMap<>();

  public SandboxDoors(Gateway gateway, ContainerRuntime runtime) {
    this.gateway = gateway;
    this.runtime = runtime;
  }

  @Override
  public synchronized Map<String, String> open(AttemptId attempt, String container, String token)
      throws IOException {
    door(container).grant(Gateway.hash(token), attempt);
    var url = "http://127.0.0.1:" + PORT;
    return Map.of(
        "ANTHROPIC_BASE_URL", url,
        "ANTHROPIC_API_KEY", token,
        "OPENAI_BASE_URL", url + "/v1",
        "OPENAI_API_KEY", token);
  }

  @Override
  public String key(String token) {
    return Gateway.hash(token);
  }

  @Override
  public synchronized void reopen(AttemptId attempt, String container, String key) {
    try {
      door(container).grant(key, attempt);
    } catch (IOException e) {
      LOG.warn("{} reaches no model any more: {}", attempt, e.getMessage());
    }
  }

  private Gateway.Door door(String container) throws IOException {
    long pid =
        runtime.inspect(container).filter(ContainerInfo::alive).map(ContainerInfo::pid).orElse(0L);
    if (pid == 0) {
      throw new IOException("the container does not run");
    }
    var opened = doors.get(container);
    if (opened != null && opened.pid() == pid) {
      return opened.door();
    }
    if (opened != null) {
      opened.door().close();
    }
    var door = gateway.open(NetworkNamespace.listen(pid, PORT));
    doors.put(container, new Opened(pid, door));
    return door;
  }

  @Override
  public synchronized void close(AttemptId attempt) {
    doors
        .values()
        .removeIf(opened -> {
          boolean unused = opened.door().revoke(attempt);
          if (unused) {
            opened.door().close();
          }
          return unused;
        });
  }
}
