package dev.berth.executor.container.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import dev.berth.executor.container.Await;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.ExecInfo;
import dev.berth.executor.container.ExecSpec;
import dev.berth.executor.container.ExecStreams;
import dev.berth.executor.container.ImageInfo;
import dev.berth.executor.container.ListedContainer;
import dev.berth.executor.container.ResourceCounters;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Containers of a Docker engine. Ours carry two labels, the installation and the executor; labels
 * cannot change, so whom a container serves stands in the executor's own state.
 */
public final class DockerRuntime implements ContainerRuntime {

  static final String LABEL_INSTALLATION = "dev.berth.installation";
  static final String LABEL_EXECUTOR = "dev.berth.executor";

  /** What a list of the engine's calls a container that has processes. */
  private static final Set<String> ALIVE = Set.of("running", "paused");

  private static final Duration START_LIMIT = Duration.ofSeconds(10);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  private final DockerClient docker;
  private final DockerClient asking;
  private final DockerExecs execs;
  private final Map<String, String> labels;
  private final SandboxBaseline baseline = new SandboxBaseline();
  private final HostCgroups cgroups = HostCgroups.ofHost();
  private final BaselineCheck check = new BaselineCheck(cgroups);
  private final DockerHardening hardening;
  private final Map<String, KnownImage> images = new ConcurrentHashMap<>();

  /**
   * Containers being ended: an engine takes locks of its networks in another order as it starts
   * containers and as it ends them, and can lock up for good where many do both (seen with 20.10).
   */
  private final Semaphore ending =
      new Semaphore(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()), true);

  /**
   * @param volumes paths the image declares as volumes
   */
  private record KnownImage(String id, Set<String> volumes) {}

  /**
   * @param asking for what is known without starting or ending anything: gives up sooner
   * @param host where the clients connect to
   * @param installation and {@code executor} tell our containers from those of others on the same
   *     engine
   */
  public DockerRuntime(
      DockerClient docker, DockerClient asking, URI host, String installation, String executor) {
    this.docker = docker;
    this.asking = asking;
    this.execs = new DockerExecs(docker, host);
    this.labels = Map.of(LABEL_INSTALLATION, installation, LABEL_EXECUTOR, executor);
    this.hardening = new DockerHardening(asking);
  }

  @Override
  public ImageInfo resolveImage(String reference) {
    var image = image(reference);
    var id = String.valueOf(image.getId());
    var digests = image.getRepoDigests();
    var config = image.getConfig();
    var labels = config == null ? null : config.getLabels();
    return ImageInfo.of(
        id,
        digests == null || digests.isEmpty() ? id : digests.getFirst(),
        labels == null ? Map.of() : labels);
  }

  private InspectImageResponse image(String reference) {
    return DockerErrors.mapped(
        "look up the image " + reference,
        () -> {
          try {
            return docker.inspectImageCmd(reference).exec();
          } catch (NotFoundException e) {
            throw new ContainerException(
                Code.IMAGE_NOT_FOUND,
                "the image " + reference + " is not on this host; build, load or pull it there",
                e);
          }
        });
  }

  @Override
  public String create(ContainerSpec spec) {
    hardening.requireBaseline();
    var image = known(spec.image());
    return DockerErrors.mapped(
        "create the container " + spec.name(),
        () -> {
          try (var command = docker.createContainerCmd(image.id())) {
            command.withLabels(labels);
            baseline.apply(command, spec, image.volumes());
            return command.exec().getId();
          } catch (ConflictException e) {
            return existing(spec, image.id(), e);
          }
        });
  }

  /** By the id of its image, which never means another one. */
  private KnownImage known(String reference) {
    var known = images.get(reference);
    if (known != null) {
      return known;
    }
    var image = image(reference);
    var config = image.getConfig();
    var volumes = config == null ? null : config.getVolumes();
    var found =
        new KnownImage(
            String.valueOf(image.getId()),
            volumes == null ? Set.of() : Set.copyOf(volumes.keySet()));
    images.put(found.id(), found);
    return found;
  }

  @Override
  public Optional<ContainerInfo> fitting(String containerId, ContainerSpec spec) {
    var image = known(spec.image());
    return DockerErrors.mapped(
        "inspect the container",
        () -> {
          try {
            var found = docker.inspectContainerCmd(containerId).exec();
            return fits(found, spec, image.id()) ? Optional.of(info(found)) : Optional.empty();
          } catch (NotFoundException e) {
            return Optional.empty();
          }
        });
  }

  private boolean fits(InspectContainerResponse found, ContainerSpec spec, String imageId) {
    var foundLabels = found.getConfig().getLabels();
    return foundLabels != null
        && foundLabels.entrySet().containsAll(labels.entrySet())
        && DockerFit.fits(found, spec, imageId);
  }

  private String existing(ContainerSpec spec, String imageId, ConflictException refused) {
    var found = docker.inspectContainerCmd(spec.name()).exec();
    if (fits(found, spec, imageId)) {
      return found.getId();
    }
    throw new ContainerException(
        Code.NAME_TAKEN,
        "the name " + spec.name() + " is taken by another container or one made differently",
        refused);
  }

  @Override
  public ContainerInfo start(String containerId) {
    return DockerErrors.mapped(
        "start the container",
        () -> {
          try {
            docker.startContainerCmd(containerId).exec();
          } catch (NotModifiedException e) {
            return info(docker.inspectContainerCmd(containerId).exec()); // runs already
          }
          return verifyBaseline(containerId);
        });
  }

  private ContainerInfo verifyBaseline(String containerId) {
    var seen = docker.inspectContainerCmd(containerId).exec();
    var host = seen.getHostConfig();
    var runtime = host == null ? "" : String.valueOf(host.getRuntime());
    if (!runtime.equals("runc") && !runtime.equals("crun")) {
      return info(seen);
    }
    var pid = info(seen).pid();
    // For a moment the first process is still the engine's own, on its way to becoming ours.
    if (pid > 0 && !Await.until(START_LIMIT, () -> check.breach(pid).isEmpty())) {
      stop(containerId);
      throw new ContainerException(
          Code.BASELINE_UNAVAILABLE,
          "the engine started the container without its protections: "
              + check.breach(pid).orElse("found late"));
    }
    return pid > 0 && check.sees(pid)
        ? info(seen)
        : info(docker.inspectContainerCmd(containerId).exec());
  }

  @Override
  public void stop(String containerId) {
    end(
        "stop the container",
        () -> {
          try {
            docker.killContainerCmd(containerId).withSignal("SIGKILL").exec();
            unpause(containerId);
          } catch (NotFoundException | ConflictException e) {
            return; // gone, or not running
          }
          if (!Await.until(
              STOP_LIMIT, () -> inspect(containerId).filter(ContainerInfo::alive).isEmpty())) {
            throw new ContainerException(
                Code.ENGINE_UNAVAILABLE, "the container was killed and does not end");
          }
        });
  }

  @Override
  public void remove(String containerId) {
    end(
        "remove the container",
        () -> {
          try {
            docker.removeContainerCmd(containerId).withForce(true).withRemoveVolumes(true).exec();
          } catch (NotFoundException e) {
            return; // gone
          } catch (ConflictException e) {
            // Being removed already, by an earlier call of ours.
            Await.until(STOP_LIMIT, () -> inspect(containerId).isEmpty());
          }
        });
  }

  private void end(String doing, Runnable call) {
    ending.acquireUninterruptibly();
    try {
      DockerErrors.mapped(doing, call);
    } finally {
      ending.release();
    }
  }

  @Override
  public void pause(String containerId) {
    unlessAlready(
        now -> now.filter(state -> state == ContainerInfo.State.PAUSED).isPresent(),
        containerId,
        () ->
            DockerErrors.mapped(
                "pause the container", () -> docker.pauseContainerCmd(containerId).exec()));
  }

  @Override
  public void unpause(String containerId) {
    unlessAlready(
        now -> now.filter(state -> state == ContainerInfo.State.PAUSED).isEmpty(),
        containerId,
        () ->
            DockerErrors.mapped(
                "thaw the container", () -> docker.unpauseContainerCmd(containerId).exec()));
  }

  /** The engine has no code of its own for "already so". */
  private void unlessAlready(
      Predicate<Optional<ContainerInfo.State>> already, String containerId, Runnable call) {
    try {
      call.run();
    } catch (ContainerException e) {
      if (!already.test(inspect(containerId).map(ContainerInfo::state))) {
        throw e;
      }
    }
  }

  @Override
  public Optional<ContainerInfo> inspect(String containerId) {
    return DockerErrors.mapped(
        "inspect the container",
        () -> {
          try {
            return Optional.of(info(docker.inspectContainerCmd(containerId).exec()));
          } catch (NotFoundException e) {
            return Optional.empty();
          }
        });
  }

  @Override
  public List<ListedContainer> list() {
    return DockerErrors.mapped(
        "list the containers",
        () ->
            asking.listContainersCmd().withShowAll(true).withLabelFilter(labels).exec().stream()
                .map(DockerRuntime::listed)
                .sorted(Comparator.comparing(ListedContainer::name))
                .toList());
  }

  private static ListedContainer listed(Container c) {
    return new ListedContainer(
        c.getId(),
        c.getNames().length == 0 ? "" : c.getNames()[0].replaceFirst("^/", ""),
        ALIVE.contains(c.getState()));
  }

  private static ContainerInfo info(InspectContainerResponse c) {
    var state = c.getState();
    var running = Boolean.TRUE.equals(state.getRunning());
    var paused = Boolean.TRUE.equals(state.getPaused());
    var pid = state.getPidLong();
    var exit = state.getExitCodeLong();
    return new ContainerInfo(
        c.getId(),
        c.getName().replaceFirst("^/", ""),
        c.getImageId(),
        paused
            ? ContainerInfo.State.PAUSED
            : running
                ? ContainerInfo.State.RUNNING
                : "created".equals(state.getStatus())
                    ? ContainerInfo.State.CREATED
                    : ContainerInfo.State.STOPPED,
        pid == null ? 0 : pid,
        exit == null ? 0 : exit.intValue(),
        Boolean.TRUE.equals(state.getOOMKilled()));
  }

  @Override
  public String startExec(String containerId, ExecSpec spec, Consumer<String> prepared) {
    return execs.start(containerId, spec, prepared);
  }

  @Override
  public ExecStreams attachExec(
      String containerId, ExecSpec spec, boolean terminal, Consumer<String> prepared) {
    return execs.attach(containerId, spec, terminal, prepared);
  }

  @Override
  public void resizeExec(String execId, int rows, int columns) {
    execs.resize(execId, rows, columns);
  }

  @Override
  public Optional<ExecInfo> inspectExec(String execId) {
    return execs.inspect(execId);
  }

  @Override
  public Optional<ResourceCounters> counters(String containerId) {
    return inspect(containerId)
        .filter(ContainerInfo::alive)
        .flatMap(c -> cgroups.counters(c.pid()));
  }

  @Override
  public Optional<List<Long>> guests(String containerId) {
    return inspect(containerId).filter(ContainerInfo::alive).flatMap(c -> cgroups.guests(c.pid()));
  }

  @Override
  public Optional<Path> volume(String name) {
    return DockerVolumes.directory(asking, name);
  }

  @Override
  public SortedMap<String, String> hardening() {
    return hardening.facts();
  }
}
