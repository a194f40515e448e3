package dev.berth.testing.soak;

import dev.berth.testing.stack.Stack;
import java.time.Duration;

/**
 * A {@link Simulation} for so many minutes: {@code --minutes N [--seed S]}. Prints its seed first,
 * a line a step, and ends with 0 only if every promise it checks was kept.
 */
public final class Soak {
  private Soak() {}

  public static void main(String[] arguments) {
    long minutes = option(arguments, "--minutes", 5);
    long seed = option(arguments, "--seed", System.nanoTime() & 0xffff_ffffL);
    System.out.printf("soak: %d minutes, --seed %d%n", minutes, seed);
    try (Stack stack = Stack.start()) {
      var simulation = new Simulation(stack, seed, Simulation.LIFE, System.out);
      long until = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
      int steps = simulation.run(next -> System.nanoTime() < until);
      System.out.printf("soak: %d steps, nothing lost. --seed %d%n", steps, seed);
    } catch (RuntimeException | AssertionError e) {
      System.out.printf("soak: FAILED. --seed %d%n", seed);
      throw e;
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
