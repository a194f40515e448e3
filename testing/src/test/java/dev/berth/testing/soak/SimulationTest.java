package dev.berth.testing.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Sources;
import dev.berth.testing.stack.Stack;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * The soak's simulation for a thousand steps, {@code -Dberth.simulation.steps}, from one seed,
 * {@code -Dberth.simulation.seed}. What it did is told where it fails.
 */
class SimulationTest {
  private static final int STEPS = Integer.getInteger("berth.simulation.steps", 1000);
  private static final long SEED = Long.getLong("berth.simulation.seed", 20_261_121L);

  @AutoClose private final Stack stack = Stack.start();

  @Test
  void aThousandRandomCommands_withKillsAndDelays_loseNothing() throws IOException {
    System.out.printf("simulation: %d steps, -Dberth.simulation.seed=%d%n", STEPS, SEED);
    Path told = Sources.root().resolve("testing/target/simulation.log");
    try (var lines = new PrintStream(told.toFile(), StandardCharsets.UTF_8)) {
      var simulation = new Simulation(stack, SEED, Simulation.QUICK, lines);
      assertThat(simulation.run(next -> next <= STEPS)).isGreaterThanOrEqualTo(STEPS);
      System.out.println("simulation: " + simulation.summary());
    } catch (RuntimeException | AssertionError e) {
      System.out.println(Files.readString(told));
      throw e;
    }
  }
}
