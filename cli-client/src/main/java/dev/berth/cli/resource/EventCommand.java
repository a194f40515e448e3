package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.session.SessionView;
import dev.berth.v1.Event;
import dev.berth.v1.EventFilter;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.ListEventsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code berth events [--follow]}, and {@code berth event list|watch}. */
@Command(
    name = "events",
    aliases = "event",
    description = {
      "The history of everything in the project but runs, oldest first.",
      "With --follow also what comes, through any interruption; Ctrl-C ends it."
    },
    mixinStandardHelpOptions = true,
    subcommands = {EventCommand.ListAll.class, EventCommand.Watch.class})
public final class EventCommand implements Callable<Integer> {
  private static final String START = "start";

  private final Cli cli;
  @Mixin private Narrowed feed = new Narrowed();

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what happens from now on.")
  boolean follow;

  @Option(
      names = "--after",
      defaultValue = START,
      paramLabel = "CURSOR",
      description = "Only what came behind this event; now for none of the past. -o json shows it.")
  String after = START;

  EventCommand(Cli cli) {
    this.cli = cli;
  }

  /** What narrows a feed. */
  static final class Narrowed {
    @Option(names = "--type", description = "For example worker.lost. Repeatable.")
    List<String> types = new ArrayList<>();

    @Option(
        names = {"-s", "--session"},
        defaultValue = "",
        description = "Only of this session.")
    String session = "";

    @Option(
        names = "--kind",
        defaultValue = "",
        description = "Only of such resources: session, worker, copy, executor, pool, …")
    String kind = "";

    @Option(names = "--resource", defaultValue = "", paramLabel = "ID", description = "Only of it.")
    String resource = "";

    EventFilter filter(Cli cli) {
      var filter =
          EventFilter.newBuilder().addAllTypes(types).setResourceKind(kind).setResourceId(resource);
      if (!session.isEmpty()) {
        filter.setSessionId(cli.names().session(session));
      }
      return filter.build();
    }
  }

  @Override
  public Integer call() {
    var filter = feed.filter(cli);
    if (follow) {
      return follow(cli, filter, after.equals("now") ? "" : after);
    }
    var request =
        ListEventsRequest.newBuilder()
            .setFilter(filter)
            .setPageSize(1000)
            .setAfterCursor(after.equals(START) ? "" : after);
    ListEventsResponse answer;
    do {
      answer = cli.connection().events().listEvents(request.build());
      answer.getEventsList().forEach(event -> show(cli, event));
      request.setAfterCursor(answer.getCursor());
    } while (answer.getMore());
    return ExitCode.OK.code();
  }

  private static int follow(Cli cli, EventFilter filter, String after) {
    new FeedFollower(cli.connection().events(), filter)
        .follow(
            after,
            event -> show(cli, event),
            () -> cli.printer().say("berth: The stream broke; resuming."));
    return ExitCode.OK.code();
  }

  private static void show(Cli cli, Event event) {
    if (cli.printer().json()) {
      cli.printer().line(event);
    } else {
      SessionView.line(cli, event);
    }
  }

  @Command(
      name = "list",
      description = "List what happened, oldest first.",
      mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;
    @Mixin private Narrowed feed = new Narrowed();

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var command = new EventCommand(cli);
      command.feed = feed;
      return command.call();
    }
  }

  @Command(
      name = "watch",
      description = "Show what happens from now on.",
      mixinStandardHelpOptions = true)
  static final class Watch implements Callable<Integer> {
    private final Cli cli;
    @Mixin private Narrowed feed = new Narrowed();

    Watch(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      return follow(cli, feed.filter(cli), "");
    }
  }
}
