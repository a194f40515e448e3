package dev.berth.executor.container.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.executor.container.ResourceCounters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both versions of control groups, as their files look. */
class HostCgroupsTest {

  @TempDir private Path root;

  private void write(String file, String content) throws IOException {
    var path = root.resolve(file);
    Files.createDirectories(path.resolve("..").normalize());
    Files.writeString(path, content);
  }

  private HostCgroups cgroups() {
    return new HostCgroups(root.resolve("proc"), root.resolve("cgroup"));
  }

  @Test
  void unifiedGroupsAreRead() throws IOException {
    write("proc/7/cgroup", "0::/system.slice/docker-abc.scope\n");
    write("proc/7/status", "Name:\ttini\nState:\tS (sleeping)\nUid:\t10000\t10000\t10000\t10000\n");
    write("proc/8/status", "Name:\tx\nState:\tR (running)\nUid:\t10001\t10001\t10001\t10001\n");
    write("proc/9/status", "Name:\ty\nState:\tZ (zombie)\nUid:\t10001\t10001\t10001\t10001\n");
    write(
        "cgroup/system.slice/docker-abc.scope/memory.events",
        "low 0\noom 4\noom_kill 3\noom_group_kill 0\n");
    write("cgroup/system.slice/docker-abc.scope/pids.events", "max 12\n");
    write("cgroup/system.slice/docker-abc.scope/cgroup.procs", "7\n8\n9\n10\n");

    assertThat(cgroups().counters(7)).contains(new ResourceCounters(3, 12));
    assertThat(cgroups().guests(7))
        .hasValueSatisfying(pids -> assertThat(pids).containsExactly(8L));
  }

  @Test
  void separateHierarchiesAreRead() throws IOException {
    write(
        "proc/7/cgroup",
        "8:pids:/docker/abc\n4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n");
    write(
        "cgroup/memory/docker/abc/memory.oom_control",
        "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
    write("cgroup/pids/docker/abc/pids.events", "max 2\n");

    assertThat(cgroups().counters(7)).contains(new ResourceCounters(1, 2));
  }

  @Test
  void whatIsNotOfThisHostIsNotGuessed() {
    assertThat(cgroups().counters(7)).isEmpty();
    assertThat(cgroups().guests(7)).isEmpty();
  }
}
