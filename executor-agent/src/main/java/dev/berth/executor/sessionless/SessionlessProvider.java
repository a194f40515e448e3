package dev.berth.executor.sessionless;

import dev.berth.executor.process.AttemptEnd;
import java.util.function.Consumer;

/**
 * Does what runs ask for without a worker. Nothing of an attempt is kept on disk: one that an agent
 * had begun and not told of is begun anew by the agent after it, so a provider must bear that.
 */
public interface SessionlessProvider {

  /** As runs name it. */
  String key();

  /**
   * Begins the attempt. Must not block.
   *
   * @param over takes its end, once; perhaps before this returns
   * @return ends it early: {@code over} is not called any more from then on
   */
  Runnable begin(SessionlessStart start, Consumer<AttemptEnd> over);
}
