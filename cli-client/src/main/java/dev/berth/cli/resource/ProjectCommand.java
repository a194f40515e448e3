package dev.berth.cli.resource;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Durations;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.ListProjectsRequest;
import dev.berth.v1.Project;
import dev.berth.v1.ProjectSettings;
import dev.berth.v1.UpdateProjectRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth project …}. */
@Command(
    name = "project",
    description = "The projects your key may see.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ProjectCommand.Get.class,
      ProjectCommand.ListAll.class,
      ProjectCommand.Update.class
    })
public final class ProjectCommand {

  @Command(name = "get", description = "Show a project.", mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    private final Cli cli;

    @Parameters(
        index = "0",
        arity = "0..1",
        defaultValue = "",
        paramLabel = "PROJECT",
        description = "Default: the key's.")
    String project = "";

    Get(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = GetProjectRequest.newBuilder().setProjectId(project).build();
      var found = cli.connection().projects().getProject(request).getProject();
      cli.printer().show(found, () -> show(cli, List.of(found)));
      return ExitCode.OK.code();
    }
  }

  @Command(name = "list", description = "List projects.", mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var answer =
          cli.connection().projects().listProjects(ListProjectsRequest.getDefaultInstance());
      cli.printer().show(answer, () -> show(cli, answer.getProjectsList()));
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "update",
      description = "Change what sessions made from now on get where their spec says nothing.",
      mixinStandardHelpOptions = true)
  static final class Update implements Callable<Integer> {
    private final Cli cli;

    @Parameters(
        index = "0",
        arity = "0..1",
        defaultValue = "",
        paramLabel = "PROJECT",
        description = "Default: the key's.")
    String project = "";

    @Option(
        names = "--idle-timeout",
        paramLabel = "TIME",
        converter = SpecOptions.Time.class,
        description = "Save and stop sessions idle for so long; 0 means never.")
    @Nullable Duration idleTimeout;

    @Option(
        names = "--retention",
        paramLabel = "TIME",
        converter = SpecOptions.Time.class,
        description = "Keep stopped sessions' disks on the executor for so long.")
    @Nullable Duration retention;

    @Option(
        names = "--sync-interval",
        paramLabel = "TIME",
        converter = SpecOptions.Time.class,
        description = "Save sessions so often while a run is under way; 0 means never.")
    @Nullable Duration syncInterval;

    @Option(
        names = "--keep-snapshots",
        paramLabel = "N",
        description = "Keep the newest N snapshots of each session.")
    @Nullable Integer keepSnapshots;

    @Option(
        names = "--unset",
        paramLabel = "SETTING",
        description =
            "idle_timeout, retention_timeout, sync_interval or keep_snapshots: back to the"
                + " installation's. Repeatable.")
    List<String> unset = new ArrayList<>();

    @Option(
        names = "--label",
        paramLabel = "KEY=VALUE",
        description = "Replaces all labels. Repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--etag", defaultValue = "", description = "Only if it is still this one.")
    String etag = "";

    Update(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var settings = ProjectSettings.newBuilder();
      var mask = FieldMask.newBuilder();
      unset.forEach(setting -> mask.addPaths("settings." + setting));
      if (idleTimeout != null) {
        settings.setIdleTimeout(idleTimeout);
        mask.addPaths("settings.idle_timeout");
      }
      if (retention != null) {
        settings.setRetentionTimeout(retention);
        mask.addPaths("settings.retention_timeout");
      }
      if (syncInterval != null) {
        settings.setSyncInterval(syncInterval);
        mask.addPaths("settings.sync_interval");
      }
      if (keepSnapshots != null) {
        settings.setKeepSnapshots(keepSnapshots);
        mask.addPaths("settings.keep_snapshots");
      }
      if (!labels.isEmpty()) {
        mask.addPaths("labels");
      }
      var request =
          UpdateProjectRequest.newBuilder()
              .setProjectId(project)
              .setEtag(etag)
              .setUpdateMask(mask)
              .putAllLabels(labels)
              .setSettings(settings)
              .build();
      var updated = cli.connection().projects().updateProject(request).getProject();
      cli.printer().show(updated, () -> show(cli, List.of(updated)));
      return ExitCode.OK.code();
    }
  }

  private static void show(Cli cli, List<Project> projects) {
    var table = new Table("ID", "NAME", "AGE", "IDLE", "RETENTION", "SYNC", "SNAPSHOTS");
    for (Project p : projects) {
      ProjectSettings s = p.getSettings();
      table.row(
          p.getId(),
          p.getName(),
          Words.age(p.getCreateTime(), cli.clock()),
          time(s.hasIdleTimeout(), s.getIdleTimeout()),
          time(s.hasRetentionTimeout(), s.getRetentionTimeout()),
          time(s.hasSyncInterval(), s.getSyncInterval()),
          s.hasKeepSnapshots() ? String.valueOf(s.getKeepSnapshots()) : "default");
    }
    table.print(cli.printer().out());
  }

  private static String time(boolean set, Duration time) {
    return set ? Durations.toString(time) : "default";
  }
}
