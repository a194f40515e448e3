package dev.berth.executor.link;

import dev.berth.executor.state.AgentStatus;
import dev.berth.executor.state.StateDirectory;
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
    write(false, false, 0, "not connected yet");
  }

  @Override
  public void connected(long linkEpoch) {
    LOG.info("connected as {}, link {}", executor, linkEpoch);
    told = "";
    write(true, false, linkEpoch, "");
  }

  @Override
  public void disconnected(LinkEnd why) {
    var problem = why.words();
    if (!problem.equals(told)) {
      if (why.lasting()) {
        LOG.error("not connected, and dialling seldom until this is mended: {}", problem);
      } else {
        LOG.warn("not connected: {}", problem);
      }
      told = problem;
    }
    write(false, why.lasting(), 0, problem);
  }

  private void write(boolean connected, boolean refused, long epoch, String problem) {
    try {
      state
          .status()
          .write(
              new AgentStatus(
                  ProcessHandle.current().pid(), executor, connected, refused, epoch, problem));
    } catch (RuntimeException e) {
      LOG.debug("the status file cannot be written", e);
    }
  }
}
