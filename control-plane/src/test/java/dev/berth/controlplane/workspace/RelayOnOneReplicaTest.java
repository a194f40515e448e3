package dev.berth.controlplane.workspace;

import dev.berth.controlplane.testsupport.BerthServer;
import org.junit.jupiter.api.extension.RegisterExtension;

class RelayOnOneReplicaTest extends RelayContract {

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @Override
  BerthServer clients() {
    return berth;
  }

  @Override
  BerthServer executors() {
    return berth;
  }

  /** Two windows of 1 MiB, of the client and of the server, and what is ready to be sent. */
  @Override
  long boundBytes() {
    return 3L << 20;
  }
}
