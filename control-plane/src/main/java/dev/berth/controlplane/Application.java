package dev.berth.controlplane;

import io.micronaut.runtime.Micronaut;

/**
 * Starts a control plane: {@code java -jar …}, configured by the records of {@code
 * platform.config}.
 */
public final class Application {

  private Application() {}

  public static void main(String[] args) {
    Micronaut.build(args)
        .mainClass(Application.class)
        .banner(false)
        .deduceEnvironment(false)
        .start();
  }
}
