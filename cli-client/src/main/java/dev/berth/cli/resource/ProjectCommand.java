package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.ListProjectsRequest;
import dev.berth.v1.Project;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code berth project …}. */
@Command(
    name = "project",
    description = "The projects your key may see.",
    mixinStandardHelpOptions = true,
    subcommands = {ProjectCommand.Get.class, ProjectCommand.ListAll.class})
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
      if (cli.printer().json()) {
        cli.printer().document(found);
      } else {
        show(cli, List.of(found));
      }
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
      if (cli.printer().json()) {
        cli.printer().document(answer);
      } else {
        show(cli, answer.getProjectsList());
      }
      return ExitCode.OK.code();
    }
  }

  private static void show(Cli cli, List<Project> projects) {
    var table = new Table("ID", "NAME", "AGE");
    projects.forEach(
        p -> table.row(p.getId(), p.getName(), Words.age(p.getCreateTime(), cli.clock())));
    table.print(cli.printer().out());
  }
}
