package dev.berth.executor.process;

/**
 * A secret that a process is given; in memory alone.
 *
 * @param name by which its file is called
 * @param variable of the environment that holds the value, or with {@code file} the path of a file
 *     with it
 */
public record SecretValue(String name, String value, String variable, boolean file) {

  /** Without the value. */
  @Override
  public String toString() {
    return "SecretValue[" + name + " as " + variable + "]";
  }
}
