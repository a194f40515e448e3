package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.session.SessionView;
import dev.berth.v1.Event;
import dev.berth.v1.EventFilter;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.ListEventsResponse;
import dev.berth.v1.WatchEventsRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code berth event …}. */
@Command(
    name = "event",
    description = "The history of everything in the project but runs.",
    mixinStandardHelpOptions = true,
    subcommands = {EventCommand.ListAll.class, EventCommand.Watch.class})
public final class EventCommand {

  /** What narrows a feed. */
  abstract static class Feed implements Callable<Integer> {
    protected final Cli cli;

    @Option(names = "--type", description = "For example worker.lost. Repeatable.")
    List<String> types = new ArrayList<>();

    @Option(
        names = {"-s", "--session"},
        defaultValue = "",
        description = "Only of this session.")
    String session = "";

    Feed(Cli cli) {
      this.cli = cli;
    }

    protected EventFilter filter() {
      var filter = EventFilter.newBuilder().addAllTypes(types);
      if (!session.isEmpty()) {
        filter.setSessionId(cli.names().session(session));
      }
      return filter.build();
    }

    protected void show(Event event) {
      if (cli.printer().json()) {
        cli.printer().line(event);
      } else {
        SessionView.line(cli, event);
      }
    }
  }

  @Command(
      name = "list",
      description = "List what happened, oldest first.",
      mixinStandardHelpOptions = true)
  static final class ListAll extends Feed {
    ListAll(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request = ListEventsRequest.newBuilder().setFilter(filter()).setPageSize(1000);
      ListEventsResponse answer;
      do {
        answer = cli.connection().events().listEvents(request.build());
        answer.getEventsList().forEach(this::show);
        request.setAfterCursor(answer.getCursor());
      } while (answer.getMore());
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "watch",
      description = "Show what happens from now on.",
      mixinStandardHelpOptions = true)
  static final class Watch extends Feed {
    Watch(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var answers =
          cli.connection()
              .events()
              .watchEvents(WatchEventsRequest.newBuilder().setFilter(filter()).build());
      while (answers.hasNext()) {
        answers.next().getEventsList().forEach(this::show);
      }
      return ExitCode.OK.code();
    }
  }
}
