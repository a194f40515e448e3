package dev.berth.cli.resource;

import com.google.protobuf.ByteString;
import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.CreateSeedSetRequest;
import dev.berth.v1.DeleteSeedSetRequest;
import dev.berth.v1.GetSeedSetRequest;
import dev.berth.v1.ListSeedSetsRequest;
import dev.berth.v1.SeedFile;
import dev.berth.v1.SeedSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth seed …}. */
@Command(
    name = "seed",
    description = "Sets of files that sessions' manifests put in place.",
    mixinStandardHelpOptions = true,
    subcommands = {
      SeedCommand.Create.class,
      SeedCommand.Get.class,
      SeedCommand.ListAll.class,
      SeedCommand.Delete.class
    })
public final class SeedCommand {

  @Command(
      name = "create",
      description = "Make a seed set of a local file or directory, or of what a snapshot holds.",
      mixinStandardHelpOptions = true)
  static final class Create implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "NAME", description = "Unique in the project.")
    String name = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "PATH",
        description = "A local file or directory; links are left out.")
    @Nullable Path path;

    @Option(names = "--snapshot", paramLabel = "SNAPSHOT", description = "Take it from there.")
    @Nullable String snapshot;

    @Option(
        names = "--snapshot-path",
        paramLabel = "PATH",
        defaultValue = "",
        description = "In the snapshot's workspace. Default: all of it.")
    String snapshotPath = "";

    @Mixin RequestId requestId = new RequestId();

    Create(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() throws IOException {
      var request = CreateSeedSetRequest.newBuilder().setName(name).setRequestId(requestId.text);
      if (snapshot != null) {
        request.setSnapshotId(cli.names().snapshot(snapshot)).setSnapshotPath(snapshotPath);
      } else if (path != null) {
        add(path, request);
      } else {
        throw new CliException(
            ExitCode.USAGE, "Nothing to make it of.", "Name a local PATH, or a --snapshot.");
      }
      show(cli, cli.connection().seedSets().createSeedSet(request.build()).getSeedSet());
      return ExitCode.OK.code();
    }

    private static void add(Path from, CreateSeedSetRequest.Builder request) throws IOException {
      if (Files.isRegularFile(from)) {
        request.addFiles(file(from, String.valueOf(from.getFileName())));
        return;
      }
      try (var tree = Files.walk(from)) {
        for (Path file : tree.sorted().toList()) {
          if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            request.addFiles(file(file, from.relativize(file).toString()));
          }
        }
      }
    }

    private static SeedFile file(Path file, String name) throws IOException {
      return SeedFile.newBuilder()
          .setPath(name)
          .setMode(Files.isExecutable(file) ? 0755 : 0644)
          .setContent(ByteString.copyFrom(Files.readAllBytes(file)))
          .build();
    }
  }

  @Command(
      name = "get",
      description = "Show a seed set and its files.",
      mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "SET", description = "Its name or id.")
    String set = "";

    Get(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = GetSeedSetRequest.newBuilder().setSeedSet(set).build();
      show(cli, cli.connection().seedSets().getSeedSet(request).getSeedSet());
      return ExitCode.OK.code();
    }
  }

  @Command(name = "list", description = "List seed sets.", mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = ListSeedSetsRequest.newBuilder().setPageSize(1000).build();
      var answer = cli.connection().seedSets().listSeedSets(request);
      cli.printer().show(answer, () -> table(cli, answer.getSeedSetsList()));
      return ExitCode.OK.code();
    }
  }

  @Command(name = "delete", description = "Delete a seed set.", mixinStandardHelpOptions = true)
  static final class Delete implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "SET", description = "Its name or id.")
    String set = "";

    Delete(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = DeleteSeedSetRequest.newBuilder().setSeedSet(set).build();
      var answer = cli.connection().seedSets().deleteSeedSet(request);
      cli.printer().show(answer);
      return ExitCode.OK.code();
    }
  }

  private static void show(Cli cli, SeedSet set) {
    cli.printer()
        .show(
            set,
            () -> {
              table(cli, List.of(set));
              for (SeedFile file : set.getFilesList()) {
                cli.printer()
                    .out()
                    .printf(
                        "  %04o  %8s  %s%n",
                        file.getMode(), Words.bytes(file.getSize()), file.getPath());
              }
            });
  }

  private static void table(Cli cli, List<SeedSet> sets) {
    var table = new Table("ID", "NAME", "FILES", "SIZE", "AGE");
    for (SeedSet set : sets) {
      table.row(
          set.getId(),
          set.getName(),
          set.getFileCount(),
          Words.bytes(set.getSizeBytes()),
          Words.age(set.getCreateTime(), cli.clock()));
    }
    table.print(cli.printer().out());
  }
}
