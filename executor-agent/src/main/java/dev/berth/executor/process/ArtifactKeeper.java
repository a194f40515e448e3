package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import java.io.IOException;
import java.util.List;

/** Keeps the files that a run names, once nothing of its attempt runs any more. */
public interface ArtifactKeeper {

  /** An attempt, and what its run names: globs relative to the session's workspace. */
  record Wish(SessionId session, RunId run, AttemptId attempt, List<String> globs) {
    public Wish {
      globs = List.copyOf(globs);
    }
  }

  /**
   * Blocks until all is kept or refused. Asked again, keeps nothing twice.
   *
   * @param deadline by {@link System#nanoTime}: until then a store that is away is waited for
   * @return why what is not kept is not, a sentence each
   * @throws IOException nothing is decided; ask again in a while
   */
  List<String> keep(Wish wish, long deadline) throws IOException;
}
