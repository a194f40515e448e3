package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import java.io.IOException;
import java.util.Map;

/** The way to models that an attempt's process may be given, out of a sandbox without a network. */
public interface ModelAccess {

  /** This host has none. */
  ModelAccess NONE =
      new ModelAccess() {
        @Override
        public Map<String, String> open(AttemptId attempt, String container, String token)
            throws IOException {
          throw new IOException("this executor has no model gateway");
        }

        @Override
        public String key(String token) {
          return "";
        }

        @Override
        public void reopen(AttemptId attempt, String container, String key) {}

        @Override
        public void close(AttemptId attempt) {}
      };

  /**
   * The token opens it from now on, in that container and for that attempt alone.
   *
   * @return what the process's environment says of it
   * @throws IOException if it cannot be opened there
   */
  Map<String, String> open(AttemptId attempt, String container, String token) throws IOException;

  /** What is kept of a token, and is no help to whoever finds it. */
  String key(String token);

  /** The same again after a fall of the agent, for a token that is known by its key alone. */
  void reopen(AttemptId attempt, String container, String key);

  /** The attempt's token opens nothing any more. */
  void close(AttemptId attempt);
}
