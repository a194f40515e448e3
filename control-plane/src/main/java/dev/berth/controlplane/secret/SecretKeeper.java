package dev.berth.controlplane.secret;

import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.loop.Reconciler;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes values that nobody has any more, and encrypts those of an older key anew by the first
 * one, so that the older key may be taken away.
 */
@Singleton
final class SecretKeeper implements Reconciler {
  private static final Logger log = LoggerFactory.getLogger(SecretKeeper.class);
  private static final int BATCH = 100;

  private final Transactions transactions;
  private final SecretRepository secrets;
  private final SecretKeys keys;

  SecretKeeper(Transactions transactions, SecretRepository secrets, SecretKeys keys) {
    this.transactions = transactions;
    this.secrets = secrets;
    this.keys = keys;
  }

  @Override
  public String name() {
    return "secrets";
  }

  @Override
  public Duration interval() {
    return Duration.ofMinutes(1);
  }

  @Override
  public void runOnce() {
    transactions.run(() -> {
      secrets.deleteOfDeletedSessions();
      secrets.wipe();
    });
    if (keys.ids().size() > 1) {
      Set<String> older = new HashSet<>(keys.ids());
      older.remove(keys.current());
      while (encryptAnew(older) == BATCH) {
        log.debug("{} secrets were encrypted anew", BATCH);
      }
    }
  }

  private int encryptAnew(Set<String> older) {
    return transactions.call(() -> {
      List<SealedValue> some = secrets.encryptedBy(older, BATCH);
      for (SealedValue value : some) {
        secrets.replace(keys.seal(value.secret(), value.name(), value.version(), keys.open(value)));
      }
      return some.size();
    });
  }
}
