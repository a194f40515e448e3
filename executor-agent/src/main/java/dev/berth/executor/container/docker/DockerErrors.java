package dev.berth.executor.container.docker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.exception.BadRequestException;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import java.util.function.Supplier;

/** Every failure of the engine's client as one of ours. */
final class DockerErrors {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MESSAGE_CHARS = 500;

  private DockerErrors() {}

  /**
   * @param doing what was tried, after "could not", for example {@code start the container}
   */
  static <T> T mapped(String doing, Supplier<T> call) {
    try {
      return call.get();
    } catch (DockerException e) {
      throw map(doing, e);
    } catch (ContainerException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new ContainerException(
          Code.ENGINE_UNAVAILABLE, "could not " + doing + ": the Docker engine does not answer", e);
    }
  }

  static void mapped(String doing, Runnable call) {
    mapped(
        doing,
        () -> {
          call.run();
          return true;
        });
  }

  private static ContainerException map(String doing, DockerException e) {
    var said = engineMessage(e);
    var code =
        switch (e) {
          case NotFoundException n -> Code.NOT_FOUND;
          case ConflictException c when said.contains("is paused") -> Code.PAUSED;
          case ConflictException c when said.contains("is not running") -> Code.NOT_RUNNING;
          case ConflictException c -> Code.REFUSED;
          case BadRequestException b -> Code.REFUSED;
          default -> e.getHttpStatus() >= 500 ? serverError(said) : Code.REFUSED;
        };
    return new ContainerException(code, "could not " + doing + ": " + said, e);
  }

  private static Code serverError(String said) {
    if (said.contains("is not running") || said.contains("procReady not received")) {
      return Code.NOT_RUNNING;
    }
    // The engine answers 500 for what its low-level runtime refused, which will be refused again.
    return said.contains("OCI runtime") || said.contains("unknown or invalid runtime")
        ? Code.REFUSED
        : Code.ENGINE_UNAVAILABLE;
  }

  /** The engine's own sentence, from {@code Status 404: {"message":"…"}}. */
  static String engineMessage(DockerException e) {
    var text = String.valueOf(e.getMessage());
    var brace = text.indexOf('{');
    if (brace >= 0) {
      try {
        var message = JSON.readTree(text.substring(brace)).path("message").asText("");
        text = message.isEmpty() ? text : message;
      } catch (JsonProcessingException ignored) {
        text = text.strip();
      }
    }
    text = text.strip().replace('\n', ' ');
    return text.length() <= MESSAGE_CHARS ? text : text.substring(0, MESSAGE_CHARS);
  }
}
