package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.executor.process.AttemptStore.Intent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the files kept that an attempt's run names, on a thread of its own: output goes on being told
 * meanwhile. Used by one thread.
 */
final class Leaving {
  private static final Logger LOG = LoggerFactory.getLogger(Leaving.class);

  /** How long an object store that is away keeps a run from ending. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final int MOST_SENTENCES = 100;
  private static final int LONGEST_SENTENCE = 1_000;

  private final ArtifactKeeper keeper;
  private final Intent intent;
  private final Runnable signal;
  private @Nullable CompletableFuture<List<String>> kept;
  private long deadline;

  Leaving(ArtifactKeeper keeper, Intent intent, Runnable signal) {
    this.keeper = keeper;
    this.intent = intent;
    this.signal = signal;
  }

  /**
   * What is not kept, once that is known; to be called again after the signal. Begins with the
   * first call.
   *
   * @throws IOException it will be begun again with the next call
   */
  Optional<List<String>> step() throws IOException {
    var globs = intent.artifacts();
    var session = intent.session();
    if (globs == null || globs.isEmpty() || session == null) {
      return Optional.of(List.of());
    }
    var under = kept;
    if (under == null) {
      deadline = deadline == 0 ? System.nanoTime() + PATIENCE.toNanos() : deadline;
      begin(
          new ArtifactKeeper.Wish(
              SessionId.parse(session),
              RunId.parse(intent.run()),
              AttemptId.parse(intent.attempt()),
              globs));
      return Optional.empty();
    }
    if (!under.isDone()) {
      return Optional.empty();
    }
    kept = null;
    try {
      return Optional.of(bounded(under.get()));
    } catch (ExecutionException e) {
      throw new IOException("its artifacts cannot be kept now", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void begin(ArtifactKeeper.Wish wish) {
    var by = deadline;
    var result = new CompletableFuture<List<String>>();
    kept = result;
    Thread.ofVirtual()
        .name("artifacts-" + intent.attempt())
        .start(() -> {
          try {
            result.complete(keeper.keep(wish, by));
          } catch (IOException | RuntimeException e) {
            LOG.info("artifacts of {}: {}", intent.attempt(), e.getMessage());
            result.completeExceptionally(e);
          } finally {
            signal.run();
          }
        });
  }

  private static List<String> bounded(List<String> sentences) {
    var bounded = new ArrayList<String>();
    for (var sentence : sentences.subList(0, Math.min(MOST_SENTENCES, sentences.size()))) {
      bounded.add(
          sentence.length() <= LONGEST_SENTENCE
              ? sentence
              : sentence.substring(0, LONGEST_SENTENCE) + "…");
    }
    if (sentences.size() > MOST_SENTENCES) {
      bounded.add("And " + (sentences.size() - MOST_SENTENCES) + " more.");
    }
    return bounded;
  }
}
