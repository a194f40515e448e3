package dev.berth.cli.connection;

import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.v1.Artifact;
import dev.berth.v1.Exec;
import dev.berth.v1.Executor;
import dev.berth.v1.ListArtifactsRequest;
import dev.berth.v1.ListExecsRequest;
import dev.berth.v1.ListExecutorsRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.ListSessionsRequest;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.ListWorkersRequest;
import dev.berth.v1.Run;
import dev.berth.v1.Session;
import dev.berth.v1.Snapshot;
import dev.berth.v1.Worker;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Turns what a user types, a name, an id or the begin of one, into an id. A whole id costs no call.
 * For snapshots, artifacts, execs, workers and executors the newest 1,000 are looked through.
 */
public final class Names {
  private static final Pattern WHOLE_ID = Pattern.compile("[a-z]{3}_[0-9a-z]{26}");
  private static final int MANY = 1000;

  private final Connection connection;

  public Names(Connection connection) {
    this.connection = connection;
  }

  public String session(String typed) {
    if (whole(typed)) {
      return typed;
    }
    var request = ListSessionsRequest.newBuilder().setPageSize(2);
    if (typed.startsWith("ses_")) {
      request.setIdPrefix(typed).setShowDeleted(true);
    } else {
      request.setName(typed);
    }
    var found = connection.sessions().listSessions(request.build()).getSessionsList();
    return only(typed, "session", found.stream().map(Session::getId).toList());
  }

  public String run(String typed) {
    if (whole(typed)) {
      return typed;
    }
    requirePrefix(typed, "run_", "run");
    var request = ListRunsRequest.newBuilder().setPageSize(2).setIdPrefix(typed).build();
    var found = connection.runs().listRuns(request).getRunsList();
    return only(typed, "run", found.stream().map(Run::getId).toList());
  }

  public String exec(String typed) {
    if (whole(typed)) {
      return typed;
    }
    requirePrefix(typed, "exc_", "exec");
    var request = ListExecsRequest.newBuilder().setPageSize(MANY).build();
    var found = connection.execs().listExecs(request).getExecsList().stream();
    return only(typed, "exec", matching(typed, found.map(Exec::getId).toList()));
  }

  public String snapshot(String typed) {
    if (whole(typed)) {
      return typed;
    }
    requirePrefix(typed, "snp_", "snapshot");
    var request = ListSnapshotsRequest.newBuilder().setPageSize(MANY).build();
    var found = connection.snapshots().listSnapshots(request).getSnapshotsList().stream();
    return only(typed, "snapshot", matching(typed, found.map(Snapshot::getId).toList()));
  }

  public String artifact(String typed) {
    if (whole(typed)) {
      return typed;
    }
    requirePrefix(typed, "art_", "artifact");
    var request = ListArtifactsRequest.newBuilder().setPageSize(MANY).build();
    var found = connection.artifacts().listArtifacts(request).getArtifactsList().stream();
    return only(typed, "artifact", matching(typed, found.map(Artifact::getId).toList()));
  }

  public String worker(String typed) {
    if (whole(typed)) {
      return typed;
    }
    requirePrefix(typed, "wkr_", "worker");
    var request = ListWorkersRequest.newBuilder().setPageSize(MANY).setShowRemoved(true).build();
    var found = connection.executors().listWorkers(request).getWorkersList().stream();
    return only(typed, "worker", matching(typed, found.map(Worker::getId).toList()));
  }

  public String executor(String typed) {
    if (whole(typed)) {
      return typed;
    }
    var request = ListExecutorsRequest.newBuilder().setPageSize(MANY).build();
    var found =
        connection.executors().listExecutors(request).getExecutorsList().stream()
            .filter(e ->
                e.getName().equals(typed)
                    || (typed.startsWith("exr_") && e.getId().startsWith(typed)))
            .map(Executor::getId)
            .toList();
    return only(typed, "executor", found);
  }

  private static boolean whole(String typed) {
    return WHOLE_ID.matcher(typed).matches();
  }

  private static List<String> matching(String prefix, List<String> ids) {
    return ids.stream().filter(id -> id.startsWith(prefix)).toList();
  }

  private static void requirePrefix(String typed, String prefix, String kind) {
    if (!typed.startsWith(prefix)) {
      throw new CliException(
          ExitCode.USAGE,
          "\"" + typed + "\" is not the id of a " + kind + ".",
          "Give the id, or its begin: " + prefix + "…");
    }
  }

  private static String only(String typed, String kind, List<String> ids) {
    if (ids.size() == 1) {
      return ids.getFirst();
    }
    if (ids.isEmpty()) {
      throw new CliException(
          ExitCode.NOT_FOUND,
          "There is no " + kind + " \"" + typed + "\".",
          "List them: berth " + kind + " list");
    }
    throw new CliException(
        ExitCode.USAGE,
        "More than one " + kind + " begins with " + typed + ".",
        "Give more of the id.");
  }
}
