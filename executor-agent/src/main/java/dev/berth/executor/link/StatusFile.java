package dev.berth.executor.link;

import dev.berth.executor.state.AgentStatus;
import dev.berth.executor.state.StateDirectory;
import io.grpc.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells people and scripts how the link stands, in the log and in the state directory. */
final class StatusFile implements LinkObserver {

  private static final Logger LOG = LoggerFactory.getLogger(StatusFile.class);

  private final StateDirectory state;
  private final String executor;
  private String told = "";

  StatusFile(StateDirectory state, String executor) {
    this.state = state;
    this.executor = executor;
    write(false, 0, "not connected yet");
  }

  @Override
  public void connected(long linkEpoch) {
    LOG.info("connected as {}, link {}", executor, linkEpoch);
    told = "";
    write(true, linkEpoch, "");
  }

  @Override
  public void disconnected(Status why) {
    var problem = words(why);
    if (!problem.equals(told)) {
      LOG.warn("not connected: {}", problem);
      told = problem;
    }
    write(false, 0, problem);
  }

  private static String words(Status why) {
    var description = why.getDescription() == null ? "" : why.getDescription();
    return switch (why.getCode()) {
      case OK -> "the control plane ended the link; dialling again";
      case UNAUTHENTICATED ->
          "the control plane does not know this executor's credential. Where its database was made"
              + " anew, remove executor.json from the state directory and enrol again";
      case FAILED_PRECONDITION -> "the control plane refuses this executor: " + description;
      case ABORTED ->
          "another link of this executor took over; if it is not this agent's own, another one uses"
              + " a copy of its state directory";
      default -> why.getCode() + (description.isEmpty() ? "" : ": " + description);
    };
  }

  private void write(boolean connected, long epoch, String problem) {
    try {
      state
          .status()
          .write(
              new AgentStatus(ProcessHandle.current().pid(), executor, connected, epoch, problem));
    } catch (RuntimeException e) {
      LOG.debug("the status file cannot be written", e);
    }
  }
}
