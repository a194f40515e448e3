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
  public int order() {
    return 1;
  }

  @Override
  public Progress remove(SessionId session) {
    commands.deleteAll(session);
    return Progress.NOTHING_LEFT;
  }
}
