package dev.berth.testing.fault;

import static dev.berth.sql.db.Tables.PACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.stack.FaultyStore;
import dev.berth.testing.stack.Stack;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** The packs that the rows of a stack name, beside the objects that its store has. */
record Packs(Map<String, Long> live, Map<String, Long> stored) {

  static Packs of(Stack stack, FaultyStore store) {
    try (Connection connection = stack.database()) {
      Map<String, Long> live =
          DSL.using(connection, SQLDialect.POSTGRES)
              .selectFrom(PACK)
              .where(PACK.STATE.eq("LIVE"))
              .fetchMap(PACK.OBJECT_KEY, PACK.SIZE_BYTES);
      return new Packs(live, store.objects());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Each is in the store as its row says. */
  Packs assertNoneIsMissing() {
    assertThat(live).isNotEmpty();
    assertThat(stored).containsAllEntriesOf(live);
    return this;
  }
}
