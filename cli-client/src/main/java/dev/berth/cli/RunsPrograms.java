package dev.berth.cli;

/**
 * A command whose exit code is that of the program it runs, so that Berth's own failures must not
 * look like one.
 */
public interface RunsPrograms {

  /** Whether this call runs a program, and does not merely ask about runs. */
  boolean running();
}
