package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One attempt to start. Environment, secrets and input live in memory and in the process only; none
 * is written to the agent's private state.
 *
 * @param workerDirectory where {@code journal/}, mounted at {@link Wrapper#MOUNT} in the container,
 *     and {@code private/} stand
 * @param container in which it runs; one attempt at a time
 * @param user the provider's uid and gid
 * @param provider the provider's key
 * @param argv the program and its arguments, not passed through a shell
 * @param secrets given to the process beside {@code environment}
 * @param modelKey of the token that opens the way to models, as {@link ModelAccess} keeps it; empty
 *     for none
 * @param workingDirectory absolute
 * @param input the process's standard input; all of it unless it is {@code interactive}
 * @param interactive whether its standard input may grow
 * @param timeout from the start of the process; then {@code grace}
 * @param grace between TERM and KILL when its time is up
 * @param session whose workspace it is
 * @param artifacts globs of the files of the workspace to keep at its end
 * @param opening what its provider must know of how it was begun
 * @param disk a path on the file system whose filling up is this attempt's own doing
 */
@SuppressWarnings("ArrayRecordComponent")
public record StartRequest(
    AttemptId attempt,
    RunId run,
    WorkerId worker,
    Path workerDirectory,
    String container,
    int user,
    String provider,
    List<String> argv,
    Map<String, String> environment,
    List<SecretValue> secrets,
    String modelKey,
    String workingDirectory,
    byte[] input,
    boolean interactive,
    Duration timeout,
    Duration grace,
    SessionId session,
    List<String> artifacts,
    String opening,
    Path disk) {

  public StartRequest {
    argv = List.copyOf(argv);
    environment = Map.copyOf(environment);
    secrets = List.copyOf(secrets);
    artifacts = List.copyOf(artifacts);
    if (argv.isEmpty() || !workingDirectory.startsWith("/")) {
      throw new IllegalArgumentException("a program and an absolute working directory are needed");
    }
  }

  /** What the wrapper starts with: it makes files of some, and passes on the rest. */
  Map<String, String> allEnvironment() {
    var all = new HashMap<>(environment);
    var files = new ArrayList<String>();
    for (var secret : secrets) {
      if (secret.file()) {
        all.put(Wrapper.SECRET + files.size(), secret.value());
        all.put(secret.variable(), Wrapper.SECRET_FILE + secret.name());
        files.add(secret.name());
      } else {
        all.put(secret.variable(), secret.value());
      }
    }
    if (!files.isEmpty()) {
      all.put(Wrapper.SECRET_FILES, String.join(" ", files));
    }
    return all;
  }

  /** Without environment, arguments and input: they may be secrets. */
  @Override
  public String toString() {
    return "StartRequest[" + attempt + ", " + run + ", " + worker + ", " + provider + "]";
  }
}
