package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.event.EventService;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.auth.Authenticator;
import dev.berth.controlplane.platform.auth.Credentials;
import dev.berth.controlplane.platform.auth.Principal;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.replica.Installation;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Makes enrolment tokens and exchanges them for credentials of executors. */
@Singleton
public final class EnrolmentService {
  private static final int LONGEST_NAME = 63;

  /** What {@link #token} makes the token of, itself no secret, and when the token expires. */
  public record NewToken(String seed, Instant expireTime) {}

  /** An executor and its own credential, shown this once. */
  record Enrolled(ExecutorId executor, String credential, UUID installation) {}

  private final EnrolmentRepository enrolments;
  private final Transactions transactions;
  private final Authenticator authenticator;
  private final EventService events;
  private final ExecutorRepository executors;
  private final Installation installation;
  private final IdSource ids;

  EnrolmentService(
      EnrolmentRepository enrolments,
      Transactions transactions,
      Authenticator authenticator,
      EventService events,
      ExecutorRepository executors,
      Installation installation,
      IdSource ids) {
    this.enrolments = enrolments;
    this.transactions = transactions;
    this.authenticator = authenticator;
    this.events = events;
    this.executors = executors;
    this.installation = installation;
    this.ids = ids;
  }

  public NewToken createToken(
      ProjectId project, Map<String, String> labels, Duration life, Actor actor) {
    String seed = ids.next().toString();
    byte[] hash = Credentials.hash(token(seed));
    Instant expires =
        transactions.call(() -> enrolments.insertToken(hash, project, labels, life, actor));
    return new NewToken(seed, expires);
  }

  /** The token of the seed. It can be told again and is kept nowhere: the rows have its hash. */
  public String token(String seed) {
    return Credentials.of(Principal.Kind.ENROLMENT, installation.derive("enrolment-token", seed));
  }

  /**
   * Makes the token's executor; with the enrolment id that the token was used with, gives that
   * executor a new credential instead. UNAUTHENTICATED with another one.
   */
  Enrolled enroll(Principal token, String enrolmentId, String name) {
    byte[] hash = HexFormat.of().parseHex(token.id());
    String credential = Credentials.generate(Principal.Kind.EXECUTOR);
    ExecutorId executor =
        transactions.call(() -> exchange(hash, enrolmentId, name, Credentials.hash(credential)));
    authenticator.forget(token.projectId());
    return new Enrolled(executor, credential, installation.id());
  }

  private ExecutorId exchange(byte[] hash, String enrolmentId, String name, byte[] credential) {
    EnrolmentRepository.Token token = enrolments.lock(hash).orElseThrow(ExecutorErrors::tokenUsed);
    if (token.executor() != null) {
      if (!enrolmentId.equals(token.enrolmentId())) {
        throw ExecutorErrors.tokenUsed();
      }
      enrolments.credential(token.executor(), credential);
      return token.executor();
    }
    ExecutorId id = new ExecutorId(ids.next());
    enrolments.insertExecutor(
        id, token, free(name, enrolments.namesLike(token.project(), name)), credential);
    enrolments.use(hash, id, enrolmentId);
    events.record(
        ExecutorEvents.fact(
            executors.find(id).orElseThrow(), token.createdBy(), "executor.enrolled", "Enrolled"));
    return id;
  }

  private static String free(String name, Set<String> taken) {
    String candidate = name;
    for (int number = 2; taken.contains(candidate); number++) {
      String end = "-" + number;
      candidate = name.substring(0, Math.min(name.length(), LONGEST_NAME - end.length())) + end;
    }
    return candidate;
  }
}
