package dev.berth.executor.workspace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the few programs of the host that make and mount disks. */
final class HostCommand {
  private static final int TIMEOUT_SECONDS = 120;

  private HostCommand() {}

  /**
   * @throws WorkspaceException HOST, with the first lines it said, if it ends with a code above
   *     {@code maxCode}
   */
  static void run(int maxCode, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    Process process = builder.start();
    process.getOutputStream().close();
    String said;
    try (var output = process.getInputStream()) {
      said = new String(output.readNBytes(4096), StandardCharsets.UTF_8).strip();
      output.transferTo(java.io.OutputStream.nullOutputStream());
    }
    try {
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new WorkspaceException(
            WorkspaceException.Reason.HOST, command.getFirst() + " does not end");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new WorkspaceException(WorkspaceException.Reason.HOST, "interrupted", e);
    }
    if (process.exitValue() > maxCode) {
      throw new WorkspaceException(
          WorkspaceException.Reason.HOST,
          command.getFirst() + " ended with " + process.exitValue() + ": " + said);
    }
  }
}
