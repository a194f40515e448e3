package dev.berth.executor.container.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.ExecCreateCmd;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.InternalServerErrorException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Frame;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import dev.berth.executor.container.ExecInfo;
import dev.berth.executor.container.ExecSpec;
import dev.berth.executor.container.ExecStreams;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Processes beside a container's first one: what {@link DockerRuntime} answers of them. */
final class DockerExecs {

  private final DockerClient docker;
  private final URI host;

  /**
   * @param host where the client connects to
   */
  DockerExecs(DockerClient docker, URI host) {
    this.docker = docker;
    this.host = host;
  }

  String start(String containerId, ExecSpec spec, Consumer<String> prepared) {
    return DockerErrors.mapped(
        "start a process in the container",
        () -> {
          var id = prepare(docker.execCreateCmd(containerId), spec);
          prepared.accept(id);
          try {
            docker
                .execStartCmd(id)
                .withDetach(true)
                .exec(new ResultCallback.Adapter<Frame>())
                .awaitCompletion();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ContainerException(
                Code.ENGINE_UNAVAILABLE, "interrupted while a process was started", e);
          }
          return id;
        });
  }

  private static String prepare(ExecCreateCmd command, ExecSpec spec) {
    var environment =
        Stream.concat(
                Stream.of("HOME=" + SandboxBaseline.HOME),
                spec.environment().entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()))
            .toList();
    return command
        .withUser(spec.user() + ":" + spec.user())
        .withEnv(environment)
        .withCmd(spec.argv().toArray(String[]::new))
        .exec()
        .getId();
  }

  ExecStreams attach(
      String containerId, ExecSpec spec, boolean terminal, Consumer<String> prepared) {
    return DockerErrors.mapped(
        "start a process in the container",
        () -> {
          var command =
              docker
                  .execCreateCmd(containerId)
                  .withAttachStdin(true)
                  .withAttachStdout(true)
                  .withAttachStderr(true)
                  .withTty(terminal);
          var id = prepare(command, spec);
          prepared.accept(id);
          return DockerExecStreams.open(host, id, terminal);
        });
  }

  void resize(String execId, int rows, int columns) {
    DockerErrors.mapped(
        "resize a terminal",
        () -> {
          try {
            docker.resizeExecCmd(execId).withSize(rows, columns).exec();
          } catch (NotFoundException | InternalServerErrorException | ConflictException e) {
            return; // not begun, or ended
          }
        });
  }

  Optional<ExecInfo> inspect(String execId) {
    return DockerErrors.mapped(
        "inspect a process",
        () -> {
          try {
            var exec = docker.inspectExecCmd(execId).exec();
            var running = Boolean.TRUE.equals(exec.isRunning());
            var pid = exec.getPidLong();
            var exit = exec.getExitCodeLong();
            return Optional.of(
                new ExecInfo(
                    running,
                    pid == null ? 0 : pid,
                    running || exit == null
                        ? OptionalInt.empty()
                        : OptionalInt.of(exit.intValue())));
          } catch (NotFoundException e) {
            return Optional.empty();
          }
        });
  }
}
