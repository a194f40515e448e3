package dev.berth.controlplane.workspace;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.relay.Relay;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.v1.ReadFileRequest;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Files of live workspaces for other features. */
@Singleton
public final class WorkspaceFileStream {
  private final WorkspaceService workspaces;

  WorkspaceFileStream(WorkspaceService workspaces) {
    this.workspaces = workspaces;
  }

  /**
   * Makes the session active and reads a file as it is while it is read.
   *
   * @param target is given the file's size, and takes its bytes: perhaps more or fewer than that
   * @throws dev.berth.controlplane.platform.errors.BerthException as {@link WorkspaceService#open},
   *     and what the executor refuses
   */
  public void read(Caller caller, SessionId session, String path, LongFunction<OutputStream> target)
      throws InterruptedException {
    var request = ReadFileRequest.newBuilder().setPath(path).build();
    try (Relay relay = workspaces.open(caller, session, WorkspaceProtoMapper.read(request))) {
      @Nullable OutputStream out = null;
      for (var message = relay.next(); message.isPresent(); message = relay.next()) {
        RelayRequest it = message.get();
        if (out == null) {
          out = target.apply(it.getFiles().getFiles(0).getSize());
        } else {
          it.getData().writeTo(out);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
