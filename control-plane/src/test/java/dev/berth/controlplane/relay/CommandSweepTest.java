package dev.berth.controlplane.relay;

import static dev.berth.sql.db.Tables.COMMAND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.CommandId;
import dev.berth.common.Id.ReplicaId;
import dev.berth.controlplane.platform.replica.Replica;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import org.jooq.impl.DSL;
import org.jooq.types.DayToSecond;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CommandSweepTest {

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final World world = new World(berth);
  private final World.Place place =
      world.place(berth.project(), world.executor(berth.project()).id());

  @Test
  void commandsThatNoCallWaitsFor_areClosed_andThoseUnderWayAreNot() {
    ReplicaId self = berth.bean(Replica.class).id();
    CommandId forgotten = expired(self);
    CommandId ofAGoneReplica = expired(new ReplicaId(world.newId()));
    CommandId underWay = expired(self);
    try (var expected = berth.bean(RelayRegistry.class).expect(underWay)) {
      assertThat(expected).isNotNull();

      berth.bean(CommandSweep.class).runOnce();

      assertThat(isOpen(forgotten)).isFalse();
      assertThat(isOpen(ofAGoneReplica)).isFalse();
      assertThat(isOpen(underWay)).isTrue();
    }
  }

  private CommandId expired(ReplicaId replica) {
    var id = new CommandId(world.newId());
    berth
        .sql()
        .insertInto(COMMAND)
        .set(COMMAND.ID, id)
        .set(COMMAND.EXECUTOR_ID, place.executor())
        .set(COMMAND.SESSION_ID, place.session())
        .set(COMMAND.WORKER_ID, place.worker())
        .set(COMMAND.KIND, "OPEN_RELAY")
        .set(COMMAND.WRITES, true)
        .set(COMMAND.PAYLOAD, new byte[0])
        .set(COMMAND.REPLICA_ID, replica)
        .set(COMMAND.EXPIRE_TIME, DSL.currentInstant().minus(DayToSecond.valueOf(1_000)))
        .execute();
    return id;
  }

  private static boolean isOpen(CommandId id) {
    return berth.sql().fetchExists(COMMAND, COMMAND.ID.eq(id).and(COMMAND.DONE_TIME.isNull()));
  }
}
