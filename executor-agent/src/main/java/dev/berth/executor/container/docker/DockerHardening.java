package dev.berth.executor.container.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.RuntimeInfo;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an engine's host provides. Values are {@code yes}, {@code no} or a word; a fact that could
 * not be found out is {@code unknown}, which satisfies no requirement.
 */
final class DockerHardening {

  private final DockerClient docker;
  private volatile boolean baselineHeld;

  DockerHardening(DockerClient docker) {
    this.docker = docker;
  }

  SortedMap<String, String> facts() {
    var info = info();
    var options = options(info);
    var facts = new TreeMap<String, String>();
    facts.put("engine", "docker " + info.getServerVersion());
    facts.put("kernel", String.valueOf(info.getKernelVersion()));
    facts.put("cgroup", raw(info, "CgroupVersion", "1"));
    facts.put("seccomp", options.contains("seccomp") ? "berth" : "no");
    facts.put("apparmor", yes(options.contains("apparmor")));
    facts.put("selinux", yes(options.contains("selinux")));
    facts.put("userns", yes(options.contains("userns") || options.contains("rootless")));
    facts.put("rootless", yes(options.contains("rootless")));
    facts.put("no-new-privileges", "yes");
    facts.put("capabilities", "none");
    facts.put("read-only-root", "yes");
    facts.put("network", "none");
    facts.put("memory-limit", yes(info.getMemoryLimit()));
    facts.put("swap-limit", yes(info.getSwapLimit()));
    facts.put("pids-limit", yes(Boolean.parseBoolean(raw(info, "PidsLimit", "false"))));
    facts.put("cpu-limit", yes(info.getCpuCfsQuota()));
    facts.put("live-restore", yes(Boolean.parseBoolean(raw(info, "LiveRestoreEnabled", "false"))));
    facts.put("storage", String.valueOf(info.getDriver()));
    facts.put("default-runtime", raw(info, "DefaultRuntime", "unknown"));
    for (var runtime :
        Objects.requireNonNullElse(info.getRuntimes(), Map.<String, RuntimeInfo>of()).keySet()) {
      facts.put("runtime." + runtime, "yes");
    }
    return facts;
  }

  /**
   * Once per engine start would do; once per agent is what is affordable. A refusal is asked again.
   */
  void requireBaseline() {
    if (baselineHeld) {
      return;
    }
    var info = info();
    var missing = new ArrayList<String>();
    if (!options(info).contains("seccomp")) {
      missing.add("system call filters");
    }
    if (!Boolean.TRUE.equals(info.getMemoryLimit())) {
      missing.add("memory limits");
    }
    if (!Boolean.parseBoolean(raw(info, "PidsLimit", "false"))) {
      missing.add("process limits");
    }
    if (!Boolean.TRUE.equals(info.getCpuCfsQuota())) {
      missing.add("processor limits");
    }
    if (!missing.isEmpty()) {
      throw new ContainerException(
          Code.BASELINE_UNAVAILABLE,
          "this host's engine does not provide "
              + String.join(", ", missing)
              + "; no worker is started without");
    }
    baselineHeld = true;
  }

  private Info info() {
    return DockerErrors.mapped("ask the engine what it provides", () -> docker.infoCmd().exec());
  }

  /** {@code name=seccomp,profile=default} and the like, by name. */
  private static List<String> options(Info info) {
    var options = info.getSecurityOptions();
    return options == null
        ? List.of()
        : options.stream().map(o -> o.replaceFirst("^name=", "").replaceFirst(",.*", "")).toList();
  }

  private static String raw(Info info, String field, String otherwise) {
    return String.valueOf(Objects.requireNonNullElse(info.getRawValues().get(field), otherwise));
  }

  private static String yes(@Nullable Boolean value) {
    return value == null ? "unknown" : value ? "yes" : "no";
  }
}
