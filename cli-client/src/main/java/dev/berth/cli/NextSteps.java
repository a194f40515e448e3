package dev.berth.cli;

import dev.berth.v1.ErrorReason;
import io.grpc.Status;

/** What a user can do about each way a call is refused. */
final class NextSteps {
  private NextSteps() {}

  static String of(ErrorReason reason, Status.Code code) {
    return switch (reason) {
      case ERROR_REASON_CREDENTIAL_MISSING,
          ERROR_REASON_CREDENTIAL_INVALID,
          ERROR_REASON_CREDENTIAL_EXPIRED ->
          "Set BERTH_API_KEY to a valid key of this installation.";
      case ERROR_REASON_PERMISSION_MISSING ->
          "Use a key with a higher role; berth server whoami shows yours.";
      case ERROR_REASON_FIELD_INVALID, ERROR_REASON_PAGE_TOKEN_INVALID ->
          "Correct what is named, and run it again.";
      case ERROR_REASON_REQUEST_ID_REUSED -> "Use a new --request-id for a new request.";
      case ERROR_REASON_RESOURCE_NOT_FOUND -> "List what there is, for example: berth session list";
      case ERROR_REASON_PATH_NOT_FOUND -> "Look around with: berth workspace list SESSION";
      case ERROR_REASON_NAME_TAKEN -> "Choose another name, or add --use-existing.";
      case ERROR_REASON_PATH_EXISTS -> "Leave out --create-only to replace it.";
      case ERROR_REASON_ETAG_STALE,
          ERROR_REASON_GENERATION_STALE,
          ERROR_REASON_ATTEMPT_STALE,
          ERROR_REASON_HEAD_MOVED,
          ERROR_REASON_LINK_SUPERSEDED,
          ERROR_REASON_PACK_DOOMED ->
          "Something changed meanwhile: look again, then decide anew.";
      case ERROR_REASON_SESSION_STATE ->
          "See its state: berth session get SESSION. Wake it: berth session activate SESSION";
      case ERROR_REASON_RUN_STATE -> "See its state: berth run get RUN";
      case ERROR_REASON_RUN_ACTIVE ->
          "Wait for it, or say what to do: --if-busy enqueue, or interrupt to cancel it.";
      case ERROR_REASON_RUN_REDRIVEN -> "See the newer run; redrive that one if it is dead too.";
      case ERROR_REASON_ACTIVATION_FAILED ->
          "See why: berth session watch SESSION. Then correct its image or limits.";
      case ERROR_REASON_PATH_TYPE -> "See what is there: berth workspace stat SESSION PATH";
      case ERROR_REASON_DIRECTORY_NOT_EMPTY -> "Add --recursive to delete what is in it.";
      case ERROR_REASON_PROVIDER_UNKNOWN -> "See what executors have: berth executor list";
      case ERROR_REASON_STORE_ON_LOOPBACK ->
          "Give the control plane an object store that other hosts reach: BERTH_STORE_ENDPOINT.";
      case ERROR_REASON_PROTOCOL_VERSION -> "Run an executor agent of the control plane's version.";
      case ERROR_REASON_UNSAVED_WORK ->
          "Save it first: berth workspace sync SESSION; or add --force to lose it.";
      case ERROR_REASON_EXECUTOR_STATE -> "See its state: berth executor get EXECUTOR";
      case ERROR_REASON_EXECUTOR_IN_USE ->
          "Move them away first: berth executor drain EXECUTOR; or add --force to give them up.";
      case ERROR_REASON_PACK_NOT_STORED -> "The executor uploads it again by itself.";
      case ERROR_REASON_SNAPSHOT_IN_USE ->
          "Unpin it (berth snapshot unpin), or let the session go on from another snapshot first.";
      case ERROR_REASON_QUOTA_REACHED -> "Wait for runs to end, then try again: berth queue list";
      case ERROR_REASON_MESSAGE_TOO_LARGE ->
          "Send less at once; for large files use berth workspace push.";
      case ERROR_REASON_WORKSPACE_FULL ->
          "Delete files, or give the session more: berth session update --disk";
      case ERROR_REASON_CURSOR_OUT_OF_RANGE -> "Start within the range that is kept.";
      case ERROR_REASON_OFFSET_OUT_OF_RANGE -> "See its size: berth workspace stat SESSION PATH";
      case ERROR_REASON_OBJECT_CORRUPT ->
          "See what is damaged: berth snapshot verify SNAPSHOT; others: berth snapshot list -s"
              + " SESSION";
      case ERROR_REASON_EXECUTOR_UNREACHABLE -> "See whether it is connected: berth executor list";
      case ERROR_REASON_STORE_UNAVAILABLE,
          ERROR_REASON_DATABASE_UNAVAILABLE,
          ERROR_REASON_DRAINING ->
          "Try again in a moment.";
      case ERROR_REASON_SESSION_NOT_READY ->
          "Try again in a moment; berth session watch SESSION shows what it waits for.";
      case ERROR_REASON_WATCH_TOO_SLOW -> "Watch again from where it ended.";
      case ERROR_REASON_EXEC_STATE -> "See its state: berth exec get EXEC";
      case ERROR_REASON_EXEC_OUTPUT_GONE -> "See how it ended: berth exec get EXEC";
      case ERROR_REASON_EXEC_LIMIT ->
          "See which run, and end one: berth exec list --active; berth exec signal EXEC HUP";
      case ERROR_REASON_EXEC_INPUT_FULL -> "See what it waits for: berth exec attach EXEC";
      case ERROR_REASON_EXEC_UNSUPPORTED ->
          "Upgrade the executor agent, or drain it first: berth executor drain EXECUTOR";
      case ERROR_REASON_SEED_SET_IN_USE ->
          "Name another set in those sessions' manifests first: berth session update --manifest";
      case ERROR_REASON_SEED_SET_LIMIT -> "Seed less: large trees belong in an image or a mount.";
      case ERROR_REASON_ARTIFACT_LIMIT ->
          "Pack what belongs together into one archive, or keep less.";
      case ERROR_REASON_ARTIFACT_CHANGED ->
          "Try again once nothing writes it, or take it from a snapshot: --snapshot.";
      case ERROR_REASON_ARTIFACT_NOT_STORED -> "The executor uploads it again by itself.";
      case ERROR_REASON_QUEUE_IN_USE ->
          "See them: berth queue stats QUEUE; pause it, and let its runs end or cancel them.";
      case ERROR_REASON_QUEUE_PERMANENT -> "Pause it instead: berth queue pause default";
      case ERROR_REASON_RUN_TAKES_NO_INPUT ->
          "Make the run with --interactive: berth run -i -s SESSION -- command…";
      case ERROR_REASON_RUN_INPUT_CLOSED -> "See what it makes of its input: berth run watch RUN";
      case ERROR_REASON_INPUT_ID_REUSED -> "Use a new --input-id for a new input.";
      case ERROR_REASON_RUN_INPUT_FULL ->
          "Its program does not read, or has not begun: berth run get RUN. Then send it again.";
      case ERROR_REASON_RUN_INPUT_LIMIT ->
          "Put large input into the workspace: berth workspace push SESSION.";
      case ERROR_REASON_WATCH_LIMIT ->
          "End watches that nobody reads, or try again in a moment; berth events shows all sessions"
              + " at once.";
      case ERROR_REASON_SECRET_KEY_MISSING ->
          "Give the control plane a key: BERTH_SECRETS_KEY_FILE; ./dev up makes one.";
      case ERROR_REASON_SECRET_KEY_UNKNOWN ->
          "Add that key to BERTH_SECRETS_KEY_FILE again, or set the secret anew: berth secret set"
              + " NAME";
      case ERROR_REASON_SECRET_DAMAGED -> "Set it again: berth secret set NAME";
      case ERROR_REASON_AGENT_FIELD_UNSUPPORTED ->
          "Leave it out, or use a provider that takes it: docs/PROVIDERS.md has the table.";
      case ERROR_REASON_CONVERSATION_MISMATCH ->
          "Go on with it where it began, or leave --conversation out to begin a new one.";
      case ERROR_REASON_INTERNAL -> "Look up the incident in the control plane's log.";
      case ERROR_REASON_UNSPECIFIED, UNRECOGNIZED -> byCode(code);
    };
  }

  private static String byCode(Status.Code code) {
    return code == Status.Code.UNAVAILABLE || code == Status.Code.DEADLINE_EXCEEDED
        ? "Start one here with ./dev up, or name one with --server HOST:PORT."
        : "";
  }
}
