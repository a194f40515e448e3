package dev.berth.testing.soak;

import dev.berth.testing.stack.Stack;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Random work on a few sessions while parts of Berth are killed, for so many minutes: {@code
 * --minutes N [--seed S]}. Prints its seed first, a line a step, and ends with 0 only if every
 * promise it checks was kept.
 */
public final class Soak {
  private static final int SESSIONS = 3;

  private final Random random;
  private final Stack stack;
  private final List<SoakSession> sessions;
  private final Faults faults;

  private Soak(Random random, Stack stack) {
    this.random = random;
    this.stack = stack;
    this.faults = new Faults(stack);
    this.sessions =
        IntStream.range(0, SESSIONS).mapToObj(i -> SoakSession.create(stack, "soak-" + i)).toList();
  }

  public static void main(String[] arguments) {
    long minutes = option(arguments, "--minutes", 5);
    long seed = option(arguments, "--seed", System.nanoTime() & 0xffff_ffffL);
    System.out.printf("soak: %d minutes, --seed %d%n", minutes, seed);
    try (Stack stack = Stack.start()) {
      Soak soak = new Soak(new Random(seed), stack);
      long until = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
      int steps = 0;
      do {
        soak.step(++steps);
      } while (System.nanoTime() < until);
      soak.sessions.forEach(SoakSession::comesBackWhole);
      System.out.printf("soak: %d steps, nothing lost. --seed %d%n", steps, seed);
    } catch (RuntimeException | AssertionError e) {
      System.out.printf("soak: FAILED. --seed %d%n", seed);
      throw e;
    }
  }

  private void step(int number) {
    SoakSession session = sessions.get(random.nextInt(SESSIONS));
    int dice = random.nextInt(100);
    String what;
    if (dice < 50) {
      what = session.runs(random.nextInt(1, 200), random.nextInt(4), () -> "");
    } else if (dice < 65) {
      what = session.runs(20_000, 0, () -> faults.one(random.nextInt(Faults.KINDS)));
    } else if (dice < 80) {
      what = session.stops(random.nextBoolean());
    } else if (dice < 90) {
      what = session.syncs();
    } else {
      what = session.comesBackWhole();
    }
    System.out.printf("%5d %s: %s%n", number, session, what);
    if (!stack.plane().isAlive()) {
      throw new IllegalStateException("the control plane ended:\n" + stack.plane().tail());
    }
  }

  private static long option(String[] arguments, String name, long otherwise) {
    for (int i = 0; i + 1 < arguments.length; i++) {
      if (arguments[i].equals(name)) {
        return Long.parseLong(arguments[i + 1]);
      }
    }
    return otherwise;
  }
}
