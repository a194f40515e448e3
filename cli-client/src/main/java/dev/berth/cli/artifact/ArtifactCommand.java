package dev.berth.cli.artifact;

import com.google.protobuf.util.Timestamps;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.Artifact;
import dev.berth.v1.DeleteArtifactRequest;
import dev.berth.v1.GetArtifactRequest;
import dev.berth.v1.ListArtifactsRequest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth artifact …}. */
@Command(
    name = "artifact",
    description = "Files that runs leave behind, kept in the object store.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ArtifactCommand.Get.class,
      ArtifactCommand.ListAll.class,
      Download.class,
      Create.class,
      ArtifactCommand.Delete.class
    })
public final class ArtifactCommand {

  /** What the commands on one artifact share. */
  abstract static class Of implements Callable<Integer> {
    protected final Cli cli;

    @Parameters(index = "0", paramLabel = "ARTIFACT", description = "Its id, or the begin of it.")
    String artifact = "";

    Of(Cli cli) {
      this.cli = cli;
    }

    protected String id() {
      return cli.names().artifact(artifact);
    }
  }

  @Command(name = "get", description = "Show an artifact.", mixinStandardHelpOptions = true)
  static final class Get extends Of {
    Get(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request = GetArtifactRequest.newBuilder().setArtifactId(id()).build();
      print(cli, cli.connection().artifacts().getArtifact(request).getArtifact());
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "list",
      description = "List artifacts, newest first.",
      mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Option(
        names = {"-s", "--session"},
        defaultValue = "",
        description = "Only of this session.")
    String session = "";

    @Option(names = "--run", defaultValue = "", description = "Only of this run.")
    String run = "";

    @Option(
        names = {"-a", "--all"},
        description = "Payloads of events too.")
    boolean all;

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
          ListArtifactsRequest.newBuilder()
              .setPageSize(limit)
              .setKind(all ? Artifact.Kind.KIND_UNSPECIFIED : Artifact.Kind.KIND_FILE);
      if (!session.isEmpty()) {
        request.setSessionId(cli.names().session(session));
      }
      if (!run.isEmpty()) {
        request.setRunId(cli.names().run(run));
      }
      var answer = cli.connection().artifacts().listArtifacts(request.build());
      cli.printer().show(answer, () -> show(cli, answer.getArtifactsList()));
      return ExitCode.OK.code();
    }
  }

  @Command(name = "delete", description = "Delete an artifact.", mixinStandardHelpOptions = true)
  static final class Delete extends Of {
    @Mixin RequestId requestId = new RequestId();

    Delete(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request =
          DeleteArtifactRequest.newBuilder()
              .setArtifactId(id())
              .setRequestId(requestId.text)
              .build();
      var answer = cli.connection().artifacts().deleteArtifact(request);
      cli.printer().show(answer);
      return ExitCode.OK.code();
    }
  }

  static void print(Cli cli, Artifact artifact) {
    cli.printer()
        .show(
            artifact,
            () -> {
              show(cli, List.of(artifact));
              cli.printer().out().printf("  sha256   %s%n", artifact.getSha256());
              if (artifact.hasExpireTime()) {
                cli.printer()
                    .out()
                    .printf("  expires  %s%n", Timestamps.toString(artifact.getExpireTime()));
              }
            });
  }

  private static void show(Cli cli, List<Artifact> artifacts) {
    var table = new Table("ID", "PATH", "SIZE", "TYPE", "RUN", "AGE");
    for (Artifact artifact : artifacts) {
      table.row(
          artifact.getId(),
          artifact.getPath().isEmpty() ? "(event)" : artifact.getPath(),
          Words.bytes(artifact.getSizeBytes()),
          artifact.getContentType(),
          artifact.getRunId(),
          Words.age(artifact.getCreateTime(), cli.clock()));
    }
    table.print(cli.printer().out());
  }
}
