package dev.berth.cli.session;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListSessionsRequest;
import dev.berth.v1.OnConflict;
import dev.berth.v1.Session;
import dev.berth.v1.SessionState;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.UpdateSessionRequest;
import dev.berth.v1.WatchSessionRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth session …}. */
@Command(
    name = "session",
    description = "A durable workspace and how to run in it.",
    mixinStandardHelpOptions = true,
    subcommands = {
      SessionCommand.Create.class,
      SessionCommand.Get.class,
      SessionCommand.ListAll.class,
      SessionCommand.Update.class,
      SessionCommand.Activate.class,
      SessionCommand.Stop.class,
      SessionCommand.Delete.class,
      PlanCommand.class,
      SessionCommand.Watch.class,
      Fork.class,
      RollBack.class
    })
public final class SessionCommand {
  private static final Duration LONGEST_WAIT = Durations.fromSeconds(60);

  /** What the commands on one session share. */
  abstract static class One implements Callable<Integer> {
    protected final Cli cli;

    @Parameters(
        index = "0",
        paramLabel = "SESSION",
        description = "Its name, its id, or the begin of its id.")
    String session = "";

    One(Cli cli) {
      this.cli = cli;
    }

    protected String id() {
      return cli.names().session(session);
    }

    protected Session read(String id) {
      return cli.connection()
          .sessions()
          .getSession(GetSessionRequest.newBuilder().setSessionId(id).build())
          .getSession();
    }

    /**
     * Shows the session once it is in the state, asking again for as long as it is on its way
     * there.
     */
    protected int await(Session session, SessionState wanted, Callable<Session> again)
        throws Exception {
      Session now = session;
      while (now.getState() != wanted && now.getObservedGeneration() < now.getGeneration()) {
        now = again.call();
      }
      SessionView.print(cli, now);
      return now.getState() == wanted ? ExitCode.OK.code() : ExitCode.CONFLICT.code();
    }
  }

  @Command(name = "create", description = "Make a session.", mixinStandardHelpOptions = true)
  static final class Create implements Callable<Integer> {
    private final Cli cli;

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "NAME",
        defaultValue = "",
        description = "Unique in the project.")
    String name = "";

    @Mixin SpecOptions spec = new SpecOptions();

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(
        names = "--use-existing",
        description = "Answer the session that has the name, if one has.")
    boolean useExisting;

    @Option(names = "--activate", description = "Make it active, and wait for that.")
    boolean activate;

    @Mixin RequestId requestId = new RequestId();

    Create(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request =
          CreateSessionRequest.newBuilder()
              .setName(name)
              .putAllLabels(labels)
              .setSpec(spec.spec())
              .setRequestId(requestId.text)
              .setActivate(activate)
              .setOnConflict(
                  useExisting ? OnConflict.ON_CONFLICT_USE_EXISTING : OnConflict.ON_CONFLICT_FAIL);
      if (activate) {
        request.setWait(LONGEST_WAIT);
      }
      SessionView.print(
          cli, cli.connection().sessions().createSession(request.build()).getSession());
      return ExitCode.OK.code();
    }
  }

  @Command(name = "get", description = "Show a session.", mixinStandardHelpOptions = true)
  static final class Get extends One {
    Get(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      SessionView.print(cli, read(id()));
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "list",
      description = "List sessions, newest first.",
      mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Option(names = "--state", paramLabel = "STATE", description = "active, stopped, … Repeatable.")
    List<String> states = new ArrayList<>();

    @Option(
        names = "--label",
        paramLabel = "KEY=VALUE",
        description = "Only with this label. Repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--deleted", description = "Also deleted ones.")
    boolean deleted;

    @Option(
        names = "--limit",
        defaultValue = "50",
        description = "At most 1000. Default: ${DEFAULT-VALUE}.")
    int limit;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request =
          ListSessionsRequest.newBuilder()
              .setPageSize(limit)
              .putAllLabels(labels)
              .setShowDeleted(deleted);
      for (String state : states) {
        request.addStates(SessionView.state(state));
      }
      var answer = cli.connection().sessions().listSessions(request.build());
      cli.printer()
          .show(
              answer,
              () -> {
                var table = new Table("ID", "NAME", "STATE", "UNSAVED", "AGE", "REASON");
                for (Session s : answer.getSessionsList()) {
                  table.row(
                      s.getId(),
                      s.getName(),
                      Words.constant(s.getState(), "SESSION_STATE_"),
                      s.getUnsavedWork() ? "yes" : "no",
                      Words.age(s.getCreateTime(), cli.clock()),
                      s.getStateReason());
                }
                table.print(cli.printer().out());
              });
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "update",
      description = "Change a session; limits and image take effect with its next worker.",
      mixinStandardHelpOptions = true)
  static final class Update extends One {
    @Mixin SpecOptions spec = new SpecOptions();

    @Option(names = "--name", description = "A new name; empty for none.")
    @Nullable String name;

    @Option(
        names = "--label",
        paramLabel = "KEY=VALUE",
        description = "Replaces all labels. Repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--etag", defaultValue = "", description = "Only if it is still this one.")
    String etag = "";

    Update(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      String id = id();
      var mask = spec.mask();
      var changed = spec.spec().toBuilder();
      if (spec.container.limitsGiven()) {
        changed.setResources(
            spec.container.resources(read(id).getSpec().getResources().toBuilder()));
      }
      var request =
          UpdateSessionRequest.newBuilder().setSessionId(id).setEtag(etag).setSpec(changed);
      if (name != null) {
        mask.addPaths("name");
        request.setName(name);
      }
      if (!labels.isEmpty()) {
        mask.addPaths("labels");
        request.putAllLabels(labels);
      }
      request.setUpdateMask(mask);
      SessionView.print(
          cli, cli.connection().sessions().updateSession(request.build()).getSession());
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "activate",
      description = "Make a session active.",
      mixinStandardHelpOptions = true)
  static final class Activate extends One {
    @Option(names = "--wait", description = "Until it is.")
    boolean wait;

    Activate(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() throws Exception {
      var request = ActivateSessionRequest.newBuilder().setSessionId(id());
      if (wait) {
        request.setWait(LONGEST_WAIT);
      }
      Callable<Session> ask =
          () -> cli.connection().sessions().activateSession(request.build()).getSession();
      Session first = ask.call();
      return wait
          ? await(first, SessionState.SESSION_STATE_ACTIVE, ask)
          : SessionView.print(cli, first);
    }
  }

  @Command(
      name = "stop",
      description = "Save a session's files, then stop its container.",
      mixinStandardHelpOptions = true)
  static final class Stop extends One {
    @Option(names = "--wait", description = "Until it is stopped.")
    boolean wait;

    @Option(
        names = "--remove-copy",
        description = "Also remove its container and disk from the executor, once saved.")
    boolean removeCopy;

    @Option(
        names = "--force",
        description = "Do not save first; with --remove-copy what no snapshot has is lost.")
    boolean force;

    Stop(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() throws Exception {
      var request =
          StopSessionRequest.newBuilder()
              .setSessionId(id())
              .setRemoveCopy(removeCopy)
              .setForce(force);
      if (wait) {
        request.setWait(LONGEST_WAIT);
      }
      Callable<Session> ask =
          () -> cli.connection().sessions().stopSession(request.build()).getSession();
      Session first = ask.call();
      return wait
          ? await(first, SessionState.SESSION_STATE_STOPPED, ask)
          : SessionView.print(cli, first);
    }
  }

  @Command(
      name = "delete",
      description = "Delete a session, its container and its disk.",
      mixinStandardHelpOptions = true)
  static final class Delete extends One {
    @Option(
        names = "--force",
        description = "Even where its disk holds what no snapshot has: that is lost.")
    boolean force;

    @Option(names = "--wait", description = "Until it is deleted.")
    boolean wait;

    Delete(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() throws Exception {
      var request = DeleteSessionRequest.newBuilder().setSessionId(id()).setForce(force);
      if (wait) {
        request.setWait(LONGEST_WAIT);
      }
      Callable<Session> ask =
          () -> cli.connection().sessions().deleteSession(request.build()).getSession();
      Session first = ask.call();
      return wait
          ? await(first, SessionState.SESSION_STATE_DELETED, ask)
          : SessionView.print(cli, first);
    }
  }

  @Command(
      name = "watch",
      description = "Show what happened to a session, and what happens.",
      mixinStandardHelpOptions = true)
  static final class Watch extends One {
    Watch(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request = WatchSessionRequest.newBuilder().setSessionId(id()).build();
      var answers = cli.connection().sessions().watchSession(request);
      while (answers.hasNext()) {
        var answer = answers.next();
        if (cli.printer().json()) {
          cli.printer().line(answer);
        } else {
          answer.getEventsList().forEach(event -> SessionView.line(cli, event));
        }
      }
      return ExitCode.OK.code();
    }
  }
}
