package dev.berth.controlplane.relay;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.session.SessionRemains;
import jakarta.inject.Singleton;

/** Commands of a session that is removed; {@link CommandSweep} has left few of them. */
@Singleton
final class CommandRemains implements SessionRemains {
  private final CommandRepository commands;

  CommandRemains(CommandRepository commands) {
    this.commands = commands;
  }

  @Override
  public Layer layer() {
    return Layer.USE;
  }

  @Override
  public Progress remove(SessionId session) {
    commands.deleteAll(session);
    return Progress.NOTHING_LEFT;
  }
}
