package dev.berth.executor.container.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.ContainerSpec.Limits;
import dev.berth.executor.container.ContainerSpec.Mount;
import dev.berth.executor.container.ContainerSpec.Network;
import dev.berth.executor.container.ListedContainer;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.process.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;

/** A real engine, containers of one test's own, and directories of the host for them. */
public final class EngineFixture implements AutoCloseable {

  /** Any Linux image with a shell and a few programs will do. */
  public static final String IMAGE = System.getProperty("berth.test.image", "berth/worker:latest");

  public static final Limits LIMITS = new Limits(256L << 20, 1000, 64);

  private final DockerClient docker;
  private final DockerRuntime runtime;
  private final Path directory;
  private boolean limited;

  private EngineFixture(DockerClient docker, Path directory) {
    this.docker = docker;
    this.directory = directory;
    this.runtime =
        new DockerRuntime(
            docker, docker, DockerClients.host(), "test-" + UUID.randomUUID(), "exr_test");
  }

  /** Skips the test, visibly, where no engine answers and this is not the project's own check. */
  public static EngineFixture connect() throws IOException {
    var docker = DockerClients.connect("");
    try {
      docker.pingCmd().exec();
    } catch (RuntimeException e) {
      Assumptions.assumeTrue(System.getenv("CI") != null, "no Docker engine answers: " + e);
      throw e;
    }
    return new EngineFixture(docker, Files.createTempDirectory("berth-engine-test"));
  }

  public DockerRuntime runtime() {
    return runtime;
  }

  public DockerClient docker() {
    return docker;
  }

  /** A host directory the sandbox's provider may write, for {@code /workspace}. */
  public Path workspace() {
    try {
      var workspace = directory.resolve("workspace");
      if (!Files.exists(workspace)) {
        Files.createDirectory(workspace);
        Files.setPosixFilePermissions(workspace, PosixFilePermissions.fromString("rwxrwxrwx"));
      }
      return workspace;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Gives the workspace a file system of its own, of so many MiB. Needs root; before the container
   * is made.
   */
  public void limitWorkspace(int mib) throws IOException {
    limitWorkspace("size=" + mib + "m");
  }

  /** As {@link #limitWorkspace}, with room for so many files and directories. */
  public void limitWorkspaceFiles(int files) throws IOException {
    limitWorkspace("nr_inodes=" + files);
  }

  private void limitWorkspace(String limit) throws IOException {
    Assumptions.assumeTrue(System.getProperty("user.name").equals("root"), "mounting needs root");
    run("mount", "-t", "tmpfs", "-o", limit + ",mode=0777", "tmpfs", workspace().toString());
    limited = true;
  }

  private static void run(String... command) throws IOException {
    try {
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  public Path workerDirectory() {
    return directory.resolve("worker");
  }

  public ContainerSpec spec(Limits limits, Path workspace) {
    try {
      return new ContainerSpec(
          "berth-test-" + UUID.randomUUID(),
          IMAGE,
          limits,
          List.of(
              new Mount(workspace, "/workspace", false),
              new Mount(Processes.journalRoot(workerDirectory()), "/run/berth", false)),
          Network.NONE,
          users(),
          "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As an agent of this user would choose: one that is not root runs providers as itself. */
  public static SandboxUsers users() {
    try {
      var uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      return uid == 0 ? SandboxUsers.DEFAULT : SandboxUsers.ofAgent(uid);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A started container. */
  public String worker(Limits limits) {
    var id = runtime.create(spec(limits, workspace()));
    try {
      runtime.start(id);
      return id;
    } catch (RuntimeException e) {
      runtime.remove(id);
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    runtime.list().stream().map(ListedContainer::id).forEach(runtime::remove);
    docker.close();
    if (limited) {
      run("umount", workspace().toString());
    }
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
