package dev.berth.executor.worker;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works off what is asked for, one at a time and in order, on a virtual thread that lives only
 * while there is work. What comes replaces what waits and is made needless by it, so that at most a
 * few wait.
 */
final class Lane<T> {

  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

  private final String name;
  private final BiPredicate<T, T> replaces;
  private final Consumer<T> work;
  private final ArrayDeque<T> waiting = new ArrayDeque<>();
  private boolean working;

  /**
   * @param replaces whether the first, newer, makes the second needless
   */
  Lane(String name, BiPredicate<T, T> replaces, Consumer<T> work) {
    this.name = name;
    this.replaces = replaces;
    this.work = work;
  }

  synchronized void submit(T item) {
    waiting.removeIf(old -> replaces.test(item, old));
    waiting.add(item);
    if (!working) {
      working = true;
      Thread.ofVirtual().name(name).start(this::drain);
    }
  }

  synchronized boolean idle() {
    return !working;
  }

  /** Whether something newer waits, for long work that may be cut short. */
  synchronized boolean hasWaiting() {
    return !waiting.isEmpty();
  }

  private void drain() {
    Optional<T> next;
    while ((next = poll()).isPresent()) {
      try {
        work.accept(next.get());
      } catch (RuntimeException e) {
        LOG.error("{}: an order failed in a way not foreseen", name, e);
      }
    }
  }

  private synchronized Optional<T> poll() {
    var next = Optional.ofNullable(waiting.poll());
    working = next.isPresent();
    return next;
  }
}
