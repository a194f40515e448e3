package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.run.AttemptReportRepository.Begin;
import dev.berth.controlplane.run.AttemptReportRepository.End;
import dev.berth.controlplane.run.AttemptReportRepository.Held;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Settles attempts at runs without a session, as many as were reported, in one transaction. What
 * ends its run is written by one statement for all; what is tried again, cancelled or late goes the
 * way of every attempt, in the same transaction.
 */
@Singleton
class AttemptReportService {
  private static final AttemptEnd CANCELED =
      new AttemptEnd(RunState.CANCELED, RunEnd.of(EndReason.CANCELED, "Canceled."));

  private final AttemptReportRepository rows;
  private final RunRepository runs;
  private final SettlementService settlement;
  private final SessionlessFeeds feeds;
  private final Transactions transactions;
  private final Notifications notifications;

  AttemptReportService(
      AttemptReportRepository rows,
      RunRepository runs,
      SettlementService settlement,
      SessionlessFeeds feeds,
      Transactions transactions,
      Notifications notifications) {
    this.rows = rows;
    this.runs = runs;
    this.settlement = settlement;
    this.feeds = feeds;
    this.transactions = transactions;
    this.notifications = notifications;
  }

  /**
   * Attempts of which it is committed how they stand, and those that are not their runs' any more.
   */
  record Outcome(List<AttemptId> begun, List<AttemptId> ended, List<AttemptId> stale) {}

  /** The executor has said that, and will have it committed. */
  void heard(ExecutorId executor, List<AttemptReport> said) {
    List<AttemptId> over =
        said.stream().filter(report -> report.end() != null).map(AttemptReport::attempt).toList();
    if (!over.isEmpty()) {
      long unbegun = said.stream().filter(AttemptReport::unbegun).count();
      feeds.over(executor, over, over.size() - Math.toIntExact(unbegun));
    }
  }

  /** Commits what is true of it. Said again it changes nothing, and is answered alike. */
  Outcome record(ExecutorId executor, List<AttemptReport> said) {
    Collection<AttemptReport> reports = last(said);
    Outcome outcome = transactions.call(() -> settle(executor, reports));
    Set<AttemptId> over = new HashSet<>(outcome.ended());
    over.addAll(outcome.stale());
    feeds.ended(executor, over);
    return outcome;
  }

  /** Of each attempt what was said last; but that it is over stays said. */
  private static Collection<AttemptReport> last(List<AttemptReport> said) {
    Map<AttemptId, AttemptReport> last = new LinkedHashMap<>();
    said.forEach(report ->
        last.merge(
            report.attempt(), report, (older, newer) -> newer.end() == null ? older : newer));
    return last.values();
  }

  private Outcome settle(ExecutorId executor, Collection<AttemptReport> reports) {
    Map<AttemptId, Held> held = rows.lock(executor, reports);
    Outcome outcome = new Outcome(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    List<AttemptReport> unknown = new ArrayList<>();
    List<Begin> begun = new ArrayList<>();
    List<End> ended = new ArrayList<>();
    List<RunId> givenBack = new ArrayList<>();
    Map<RunId, AttemptEnd> others = new TreeMap<>(Comparator.comparing(RunId::value));
    for (AttemptReport report : reports) {
      Held run = held.get(report.attempt());
      if (run == null) {
        unknown.add(report);
        continue;
      }
      if (report.unbegun() && run.fresh() && !run.canceling()) {
        outcome.ended().add(report.attempt());
        givenBack.add(report.run());
        notifications.publish("run:" + report.run());
        notifications.publish(run.bounded() ? "work" : SessionlessFeeds.topic(run.project()));
        continue;
      }
      Begin begin = begin(executor, report, run);
      AttemptEnd end = report.unbegun() && run.canceling() ? CANCELED : report.end();
      (end == null ? outcome.begun() : outcome.ended()).add(report.attempt());
      if (end != null && endsRun(end, run)) {
        byte[] finished =
            RunEventProtoMapper.finished(end.outcome(), end.end(), report.began()).payload();
        ended.add(new End(begin, run.fresh(), end, finished));
      } else {
        if (run.fresh()) {
          begun.add(begin);
        }
        if (end != null) {
          others.put(report.run(), end);
        }
      }
      notifications.publish("run:" + report.run());
      if (run.bounded() && end != null) {
        notifications.publish("work");
        notifications.publish(SessionlessFeeds.admittedTopic(run.project()));
      }
    }
    if (!begun.isEmpty()) {
      rows.begin(executor, begun);
    }
    if (!ended.isEmpty()) {
      rows.end(executor, ended);
    }
    if (!givenBack.isEmpty()) {
      rows.giveBack(givenBack);
    }
    others.forEach(this::endAttempt);
    if (!unknown.isEmpty()) {
      Set<AttemptId> before = rows.ended(executor, unknown);
      unknown.stream()
          .map(AttemptReport::attempt)
          .forEach(id -> (before.contains(id) ? outcome.ended() : outcome.stale()).add(id));
    }
    return outcome;
  }

  private static Begin begin(ExecutorId executor, AttemptReport report, Held run) {
    return new Begin(
        report.run(),
        RunEventProtoMapper.started(report.began(), run.number(), null, executor, ""));
  }

  /** Whether the run ends so, whatever else stands in its row. */
  private static boolean endsRun(AttemptEnd end, Held run) {
    return end.outcome() == RunState.SUCCEEDED
        || end.outcome() == RunState.FAILED && !run.retried().contains(end.end().reason().name());
  }

  private void endAttempt(RunId id, AttemptEnd end) {
    Run run = runs.lock(id).orElseThrow();
    settlement.endAttempt(run, Objects.requireNonNull(run.attempt()), end, true);
  }
}
