package dev.berth.controlplane.workspace;

import dev.berth.controlplane.testsupport.BerthServer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The client at one replica, the executor at another. */
class RelayAcrossReplicasTest extends RelayContract {

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static @Nullable BerthServer other;

  @BeforeAll
  static void startOther() {
    other = berth.replica();
  }

  @AfterAll
  static void stopOther() {
    Objects.requireNonNull(other).close();
  }

  @Override
  BerthServer clients() {
    return berth;
  }

  @Override
  BerthServer executors() {
    return Objects.requireNonNull(other);
  }

  /** A third window, between the two servers. */
  @Override
  long boundBytes() {
    return 4L << 20;
  }
}
