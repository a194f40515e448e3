package dev.berth.testing.soak;

import dev.berth.testing.stack.Stack;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Random work on a few sessions at once while parts of Berth are killed and delayed. The same seed
 * asks the same of each session, in the same order; how they meet is the machine's. Whatever of
 * Berth's promises a step finds broken it throws.
 */
public final class Simulation {
  /** As in the life of an installation: mostly runs, and many faults. */
  static final Map<Step, Integer> LIFE =
      new EnumMap<>(
          Map.of(
              Step.RUN, 40,
              Step.KILL_IN_RUN, 15,
              Step.STOP, 12,
              Step.SYNC, 8,
              Step.WRITE, 10,
              Step.READ, 5,
              Step.CHECK, 4,
              Step.ROLL_BACK, 3,
              Step.FREEZE, 3));

  /** Of a hundred steps a second or two: little of what is slow, and some of everything. */
  public static final Map<Step, Integer> QUICK =
      new EnumMap<>(
          Map.of(
              Step.WRITE, 450,
              Step.READ, 270,
              Step.RUN, 80,
              Step.CHECK, 80,
              Step.SYNC, 80,
              Step.STOP, 14,
              Step.ROLL_BACK, 8,
              Step.FREEZE, 9,
              Step.KILL, 3,
              Step.KILL_IN_RUN, 3));

  private static final int SESSIONS = 3;

  private final long seed;
  private final Map<Step, Integer> weights;
  private final PrintStream told;
  private final List<SoakSession> sessions;
  private final Faults faults;
  private final AtomicInteger steps = new AtomicInteger();
  private final Map<Step, LongSummaryStatistics> millis = new EnumMap<>(Step.class);

  /**
   * @param weights how often each step comes, beside the others
   * @param told gets a line for each step
   */
  public Simulation(Stack stack, long seed, Map<Step, Integer> weights, PrintStream told) {
    this.seed = seed;
    this.weights = weights;
    this.told = told;
    this.faults = new Faults(stack);
    this.sessions =
        IntStream.range(0, SESSIONS).mapToObj(i -> SoakSession.create(stack, "soak-" + i)).toList();
  }

  /**
   * Steps until {@code goesOn} says no to the number of the next; then what is left must come back
   * from the bucket alone, with nothing on any disk.
   *
   * @return how many steps there were
   */
  public int run(IntPredicate goesOn) {
    var failed = new AtomicReference<@Nullable Throwable>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < SESSIONS; i++) {
        SoakSession session = sessions.get(i);
        Random random = new Random(seed + i);
        threads.execute(() -> {
          try {
            while (failed.get() == null && goesOn.test(steps.get() + 1)) {
              step(session, random);
            }
          } catch (RuntimeException | AssertionError e) {
            failed.compareAndSet(null, e);
          }
        });
      }
    }
    switch (failed.get()) {
      case RuntimeException e -> throw e;
      case AssertionError e -> throw e;
      case null, default -> end();
    }
    return steps.get();
  }

  private void step(SoakSession session, Random random) {
    Step next = next(random);
    long begun = System.nanoTime();
    String what =
        switch (next) {
          case WRITE -> session.writes(random);
          case READ -> session.reads(random);
          case RUN -> session.runs(random.nextInt(1, 200), random.nextInt(4), () -> "");
          case SYNC -> session.syncs();
          case STOP -> session.stops(random.nextBoolean());
          case ROLL_BACK -> session.rollsBack(random);
          case CHECK -> session.comesBackWhole();
          case KILL_IN_RUN -> session.runs(20_000, 0, () -> ", " + faults.kill(random));
          case KILL -> faults.kill(random);
          case FREEZE -> faults.freeze(random);
        };
    long took = (System.nanoTime() - begun) / 1_000_000;
    synchronized (millis) {
      millis.computeIfAbsent(next, step -> new LongSummaryStatistics()).accept(took);
    }
    told.printf("%5d %s: %s (%d ms)%n", steps.incrementAndGet(), session, what, took);
    faults.requireAlive();
  }

  /** How often each step came, and what it took. */
  public String summary() {
    return millis.entrySet().stream()
        .map(each ->
            "%s %d of %.0f ms"
                .formatted(each.getKey(), each.getValue().getCount(), each.getValue().getAverage()))
        .collect(Collectors.joining(", "));
  }

  private Step next(Random random) {
    int dice = random.nextInt(weights.values().stream().mapToInt(Integer::intValue).sum());
    for (var each : weights.entrySet()) {
      dice -= each.getValue();
      if (dice < 0) {
        return each.getKey();
      }
    }
    throw new IllegalStateException("no step has a weight");
  }

  private void end() {
    faults.thaw();
    for (SoakSession session : sessions) {
      session.stops(true);
      session.snapshotsAreWhole();
      session.comesBackWhole();
    }
  }
}
