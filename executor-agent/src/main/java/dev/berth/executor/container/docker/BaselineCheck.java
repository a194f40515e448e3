package dev.berth.executor.container.docker;

import java.util.Optional;

/**
 * What the kernel says of a container's first process once it runs: an engine that accepted a
 * setting and dropped it is found out here. Only for runtimes whose processes are the host's.
 */
final class BaselineCheck {

  private final HostCgroups cgroups;

  BaselineCheck(HostCgroups cgroups) {
    this.cgroups = cgroups;
  }

  /** Whether the process is there to be looked at. */
  boolean sees(long pid) {
    return !cgroups.status(pid).isEmpty();
  }

  /**
   * A sentence on the first protection that is missing; empty where all hold or the process is not
   * to be seen.
   */
  Optional<String> breach(long pid) {
    var status = cgroups.status(pid);
    if (status.isEmpty()) {
      return Optional.empty();
    }
    if (!status.getOrDefault("NoNewPrivs", "").equals("1")) {
      return Optional.of("processes could gain privileges");
    }
    if (!status.getOrDefault("Seccomp", "").equals("2")) {
      return Optional.of("no system call filter is in force");
    }
    for (var set : new String[] {"CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
      if (!status.getOrDefault(set, "").matches("0+")) {
        return Optional.of("capabilities were not dropped (" + set + ")");
      }
    }
    return status.getOrDefault("Uid", "0").matches("0\\s.*")
        ? Optional.of("it runs as the host's root")
        : Optional.empty();
  }
}
