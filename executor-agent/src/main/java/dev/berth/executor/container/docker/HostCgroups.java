package dev.berth.executor.container.docker;

import dev.berth.executor.container.ResourceCounters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The kernel's control groups of a process of this host, in either version. Nothing is cached: a
 * container has new groups after each start.
 */
final class HostCgroups {

  private final Path proc;
  private final Path mount;

  HostCgroups(Path proc, Path mount) {
    this.proc = proc;
    this.mount = mount;
  }

  static HostCgroups ofHost() {
    return new HostCgroups(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
  }

  /**
   * @param pid a container's first process; empty where it is gone or not of this host
   */
  Optional<ResourceCounters> counters(long pid) {
    try {
      var groups = groups(pid);
      var oom = first(group(groups, "memory"), List.of("memory.events", "memory.oom_control"));
      var pids = first(group(groups, "pids"), List.of("pids.events"));
      if (oom.isEmpty() || pids.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new ResourceCounters(count(oom.get(), "oom_kill"), count(pids.get(), "max")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Everything in the group of that process that runs as another user than it does and has not
   * ended; empty as above.
   */
  Optional<List<Long>> guests(long pid) {
    try {
      var host = status(pid);
      var found = first(group(groups(pid), "pids"), List.of("cgroup.procs"));
      if (host.isEmpty() || found.isEmpty()) {
        return Optional.empty();
      }
      var guests = new ArrayList<Long>();
      for (var line : Files.readAllLines(found.get())) {
        var status = status(Long.parseLong(line));
        var state = status.getOrDefault("State", "X");
        if (!status.getOrDefault("Uid", "").equals(host.get("Uid"))
            && !state.startsWith("Z")
            && !state.startsWith("X")) {
          guests.add(Long.parseLong(line));
        }
      }
      return Optional.of(guests);
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Fields of {@code /proc/pid/status}; none for a process that is gone. */
  Map<String, String> status(long pid) {
    var status = new HashMap<String, String>();
    try {
      for (var line :
          Files.readAllLines(
              proc.resolve(Long.toString(pid)).resolve("status"), StandardCharsets.ISO_8859_1)) {
        var colon = line.indexOf(':');
        if (colon > 0) {
          status.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
      }
      return status;
    } catch (IOException e) {
      return Map.of();
    }
  }

  /** Directory by controller; the unified hierarchy under the empty name. */
  private Map<String, Path> groups(long pid) throws IOException {
    var groups = new HashMap<String, Path>();
    for (var line : Files.readAllLines(proc.resolve(Long.toString(pid)).resolve("cgroup"))) {
      var fields = line.split(":", 3);
      if (fields.length != 3) {
        continue;
      }
      var path = fields[2].replaceFirst("^/+", "");
      if (fields[1].isEmpty()) {
        groups.put("", mount.resolve(path));
      } else {
        for (var controller : fields[1].split(",")) {
          groups.put(controller, mount.resolve(fields[1]).resolve(path));
        }
      }
    }
    return groups;
  }

  private static Optional<Path> group(Map<String, Path> groups, String controller) {
    return Optional.ofNullable(groups.getOrDefault(controller, groups.get("")));
  }

  private static Optional<Path> first(Optional<Path> directory, List<String> names) {
    return directory.flatMap(
        d -> names.stream().map(d::resolve).filter(Files::isReadable).findFirst());
  }

  /**
   * The number after {@code key} in lines of {@code key number}; 0 where the kernel is too old to
   * count it.
   */
  private static long count(Path file, String key) throws IOException {
    for (var line : Files.readAllLines(file)) {
      var fields = line.split(" ");
      if (fields.length == 2 && fields[0].equals(key)) {
        return Long.parseLong(fields[1]);
      }
    }
    return 0;
  }
}
