package dev.berth.controlplane.secret;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.event.NewEvent;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets secrets, lets go of them, and gives their values to attempts at runs. */
@Singleton
public class SecretService {
  private static final Logger log = LoggerFactory.getLogger(SecretService.class);

  /** Of the values that one attempt is given, so that a Welcome has room for those of many. */
  static final int MAX_GIVEN_BYTES = 32 << 10;

  private final Transactions transactions;
  private final SecretRepository secrets;
  private final SecretKeys keys;
  private final SessionService sessions;
  private final EventService events;
  private final IdSource ids;

  SecretService(
      Transactions transactions,
      SecretRepository secrets,
      SecretKeys keys,
      SessionService sessions,
      EventService events,
      IdSource ids) {
    this.transactions = transactions;
    this.secrets = secrets;
    this.keys = keys;
    this.sessions = sessions;
    this.events = events;
    this.ids = ids;
  }

  /** NOT_FOUND where the project has no such session. */
  void requireOwner(Secret.Name name) {
    SessionId session = name.session();
    if (session != null) {
      Session there = sessions.find(name.project(), session);
      assert there != null;
    }
  }

  /** The same for the same value, for comparing requests without keeping what they hold. */
  String fingerprint(String value) {
    return keys.fingerprint(value);
  }

  Secret set(Caller caller, Secret.Name name, String value) {
    return transactions.call(() -> {
      SessionId session = name.session();
      if (session != null) {
        sessions.lockForRuns(name.project(), Set.of(session));
      }
      secrets.lockName(name);
      UUID id = secrets.lock(name).orElse(null);
      long version = 1;
      if (id == null) {
        id = ids.next();
        secrets.insert(id, name, caller.actor());
      } else {
        version = secrets.nextVersion(id, caller.actor());
      }
      secrets.insertValue(keys.seal(id, name, version, value));
      record(caller, "secret.set", name, Map.of("version", version));
      return secrets.get(id);
    });
  }

  List<Secret> list(ProjectId project, @Nullable SessionId session, String after, int limit) {
    requireOwner(new Secret.Name(project, session, ""));
    return secrets.list(project, session, after, limit);
  }

  void delete(Caller caller, Secret.Name name) {
    transactions.run(() -> {
      secrets.delete(secrets.lock(name).orElseThrow(() -> SecretErrors.notFound(name.text())));
      record(caller, "secret.deleted", name, Map.of());
    });
  }

  private void record(
      Caller caller, String type, Secret.Name name, Map<String, Object> attributes) {
    Map<String, Object> all = new HashMap<>(attributes);
    all.put("name", name.text());
    events.record(
        new NewEvent(
            name.project(),
            type,
            "secret",
            name.text(),
            name.session(),
            type.equals("secret.set") ? "Set" : "Deleted",
            all,
            caller.actor(),
            caller.traceId()));
  }

  /**
   * Those of the names for which neither the session, where there is one, nor the project has a
   * secret.
   */
  public List<String> missing(
      ProjectId project, @Nullable SessionId session, Collection<String> names) {
    keys.current();
    var there = secrets.names(project, session == null ? List.of() : List.of(session), names);
    return names.stream()
        .filter(name -> there.stream().noneMatch(one -> one.text().equals(name)))
        .toList();
  }

  /**
   * The values that an attempt is given, in the order of {@code names}: of the newest versions when
   * this was first called for it, and of the same ones ever after.
   *
   * @throws BerthException NOT_FOUND, SECRET_KEY_UNKNOWN, SECRET_DAMAGED; FIELD_INVALID where they
   *     are too large together
   */
  public List<String> give(
      ProjectId project, SessionId session, RunId run, AttemptId attempt, List<String> names) {
    return transactions.call(() -> {
      var sealed =
          new ArrayList<>(
              secrets.given(List.of(attempt)).stream().map(SecretRepository.Given::value).toList());
      for (String name : names.subList(Math.min(sealed.size(), names.size()), names.size())) {
        SealedValue newest =
            secrets.newest(project, session, name).orElseThrow(() -> SecretErrors.notFound(name));
        secrets.insertGiven(attempt, sealed.size(), run, newest);
        sealed.add(newest);
      }
      List<String> values = sealed.stream().map(keys::open).toList();
      int bytes = values.stream().mapToInt(v -> v.getBytes(StandardCharsets.UTF_8).length).sum();
      if (bytes > MAX_GIVEN_BYTES) {
        throw SecretErrors.tooMuch(bytes);
      }
      return values;
    });
  }

  /** The values that attempts were given; without those that cannot be opened any more. */
  public Map<AttemptId, List<String>> given(Collection<AttemptId> attempts) {
    if (attempts.isEmpty()) {
      return Map.of();
    }
    Map<AttemptId, List<String>> values = new HashMap<>();
    for (SecretRepository.Given given : secrets.given(attempts)) {
      try {
        values
            .computeIfAbsent(given.attempt(), attempt -> new ArrayList<>())
            .add(keys.open(given.value()));
      } catch (BerthException e) {
        log.warn("what {} prints cannot be masked: {}", given.attempt(), e.message());
      }
    }
    return values;
  }
}
