package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.secret.SecretService;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The secrets that runs name: asked for when a run is made, given when an attempt starts. */
@Singleton
final class RunSecrets {
  private final SecretService secrets;

  RunSecrets(SecretService secrets) {
    this.secrets = secrets;
  }

  /** A secret's value, and how the process gets it. */
  record Value(SecretUse use, String text) {
    /** Without the value. */
    @Override
    public String toString() {
      return "Value[" + use + "]";
    }
  }

  /**
   * What an attempt is given.
   *
   * @param failure why it cannot be, a sentence; empty where it is
   */
  record Given(List<Value> values, String failure) {
    static final Given NOTHING = new Given(List.of(), "");
  }

  /**
   * Refuses runs that name a secret nobody has set: NOT_FOUND; SECRET_KEY_MISSING where there can
   * be none.
   */
  void require(ProjectId project, List<CreateRun> requests) {
    for (CreateRun request : requests) {
      List<SecretUse> uses = request.spec().secrets();
      if (uses.isEmpty()) {
        continue;
      }
      if (request.sessionless()) {
        throw CommonErrors.fieldInvalid("spec.secrets", "are for runs of a session");
      }
      List<String> names = uses.stream().map(SecretUse::name).distinct().toList();
      secrets.missing(project, request.sessionId(), names).stream()
          .findFirst()
          .ifPresent(name -> {
            throw CommonErrors.notFound("secret", name);
          });
    }
  }

  /** The same for an attempt however often it is asked. */
  Given give(Run run, AttemptId attempt) {
    List<SecretUse> uses = run.spec().secrets();
    SessionId session = run.sessionId();
    if (uses.isEmpty() || session == null) {
      return Given.NOTHING;
    }
    List<String> names = uses.stream().map(SecretUse::name).toList();
    try {
      List<String> texts = secrets.give(run.projectId(), session, run.id(), attempt, names);
      return new Given(
          IntStream.range(0, uses.size())
              .mapToObj(i -> new Value(uses.get(i), texts.get(i)))
              .toList(),
          "");
    } catch (BerthException e) {
      return new Given(List.of(), "Not started: " + e.message() + ".");
    }
  }

  /** The values that each was given. */
  Map<AttemptId, List<String>> given(Collection<AttemptId> attempts) {
    return secrets.given(attempts);
  }
}
