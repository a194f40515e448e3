package dev.berth.controlplane.relay;

import dev.berth.controlplane.platform.config.LeaseConfig;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.platform.replica.Replica;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Closes commands whose client call is no longer under way: those that this replica forgot to, and
 * those of replicas that are gone. Removes closed ones after a while. An open command that may
 * write keeps its copy dirty, so none may stay open for ever.
 */
@Singleton
final class CommandSweep implements Reconciler {

  private static final int BATCH = 1000;

  private final CommandRepository commands;
  private final RelayRegistry registry;
  private final RelayConfig config;
  private final LeaseConfig leases;
  private final Replica replica;

  CommandSweep(
      CommandRepository commands,
      RelayRegistry registry,
      RelayConfig config,
      LeaseConfig leases,
      Replica replica) {
    this.commands = commands;
    this.registry = registry;
    this.config = config;
    this.leases = leases;
    this.replica = replica;
  }

  @Override
  public String name() {
    return "commands";
  }

  @Override
  public Duration interval() {
    return config.sweep();
  }

  @Override
  public void runOnce() {
    commands.finishForgotten(replica.id(), registry.open());
    commands.finishOrphaned(leases.executor());
    commands.deleteDone(config.keep(), BATCH);
  }
}
