package dev.berth.controlplane.platform.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.controlplane.testsupport.BerthServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.DSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class TransactionsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final DSLContext sql = berth.sql();
  private final Transactions transactions = berth.transactions();

  @BeforeAll
  static void table() {
    berth.sql().execute("create table counter (name text primary key, value int not null)");
  }

  @BeforeEach
  void rows() {
    sql.execute("delete from counter");
    sql.execute("insert into counter values ('a', 0), ('b', 0)");
  }

  private int value(String name) {
    return sql.fetchSingle("select value from counter where name = ?", name).get(0, int.class);
  }

  private int add(String name) {
    return sql.execute("update counter set value = value + 1 where name = ?", name);
  }

  @Test
  void whatThrows_isRolledBackWhole_andTheExceptionPasses() {
    assertThatThrownBy(() ->
            transactions.run(() -> {
              add("a");
              transactions.run(() -> add("b"));
              throw new IllegalStateException("no");
            }))
        .hasMessage("no");
    assertThat(value("a") + value("b")).isZero();
    assertThat(transactions.isActive()).isFalse();
  }

  @Test
  void aNestedCall_joinsTheOuterOne() {
    Long outer = transactions.call(() -> transactions.call(this::transactionId));
    assertThat(outer).isNotNull();
    List<Long> ids = new ArrayList<>();
    transactions.run(() -> {
      ids.add(transactionId());
      transactions.run(() -> ids.add(transactionId()));
    });
    assertThat(ids.get(0)).isEqualTo(ids.get(1));
  }

  private Long transactionId() {
    return sql.fetchSingle("select pg_current_xact_id()::text::bigint").get(0, Long.class);
  }

  @Test
  void afterCommit_runsInOrderOnceCommitted_andNotAfterARollback() {
    List<String> order = new ArrayList<>();
    transactions.run(() -> {
      transactions.afterCommit(() -> order.add("first, active " + transactions.isActive()));
      transactions.run(() -> transactions.afterCommit(() -> order.add("second")));
      order.add("work");
    });
    assertThat(order).containsExactly("work", "first, active false", "second");
    assertThatThrownBy(() ->
            transactions.run(() -> {
              transactions.afterCommit(() -> order.add("never"));
              throw new IllegalStateException("no");
            }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(order).doesNotContain("never");
  }

  @Test
  void afterCommit_ofEqualKeysInOneTransaction_runsOnce() {
    List<String> done = new ArrayList<>();
    transactions.run(() -> {
      transactions.afterCommit("a", () -> done.add("a"));
      transactions.afterCommit("b", () -> done.add("b"));
      transactions.afterCommit("a", () -> done.add("a again"));
    });
    transactions.run(() -> transactions.afterCommit("a", () -> done.add("a, later")));
    assertThat(done).containsExactly("a", "b", "a, later");
  }

  @Test
  void aDeadlock_isTriedAgain_andBothCommit() throws Exception {
    CyclicBarrier bothHoldOne = new CyclicBarrier(2);
    AtomicInteger tries = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var one = threads.submit(() -> crossing("a", "b", bothHoldOne, tries));
      var two = threads.submit(() -> crossing("b", "a", bothHoldOne, tries));
      one.get();
      two.get();
    }
    assertThat(tries.get()).isGreaterThan(2);
    assertThat(value("a")).isEqualTo(2);
    assertThat(value("b")).isEqualTo(2);
  }

  private void crossing(String first, String second, CyclicBarrier barrier, AtomicInteger tries) {
    boolean[] met = {false};
    transactions.run(() -> {
      tries.incrementAndGet();
      add(first);
      if (!met[0]) {
        met[0] = true;
        try {
          barrier.await();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
      add(second);
    });
  }

  @Test
  void aRemoteCallInsideATransaction_isAMistake() {
    transactions.requireNone("a call");
    assertThatThrownBy(() -> transactions.run(() -> transactions.requireNone("a call")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a call inside a transaction");
  }

  @Test
  void sessionsOfThePool_areInUtcAndBounded() {
    assertThat(sql.fetchSingle("show timezone").get(0)).isEqualTo("UTC");
    assertThat(sql.fetchSingle("show statement_timeout").get(0)).isEqualTo("30s");
    assertThat(sql.fetchSingle("show lock_timeout").get(0)).isEqualTo("10s");
    assertThat(sql.fetchSingle("show idle_in_transaction_session_timeout").get(0)).isEqualTo("10s");
  }
}
