package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.WorkspacePath;
import dev.berth.cli.output.FileTable;
import dev.berth.cli.output.Part;
import dev.berth.cli.output.Words;
import dev.berth.v1.FileInfo;
import dev.berth.v1.ListFilesRequest;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.ReadFileResponse;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code berth workspace …}. */
@Command(
    name = "workspace",
    description =
        "The files of a session. Paths are relative to its workspace; /workspace/… is understood"
            + " too.",
    mixinStandardHelpOptions = true,
    subcommands = {
      WorkspaceCommand.ListFiles.class,
      WorkspaceCommand.Stat.class,
      WorkspaceCommand.Read.class,
      Changes.Write.class,
      Changes.Move.class,
      Changes.MakeDirectory.class,
      Changes.SetMode.class,
      Changes.Delete.class,
      Push.class,
      Pull.class,
      Export.class,
      WorkspaceCommand.Sync.class
    })
public final class WorkspaceCommand {

  /** What the commands on files share: whose they are. */
  abstract static class OfSession implements Callable<Integer> {
    protected final Cli cli;

    @Parameters(
        index = "0",
        paramLabel = "SESSION",
        description = "Its name, its id, or the begin of its id.")
    String session = "";

    OfSession(Cli cli) {
      this.cli = cli;
    }

    protected String id() {
      return cli.names().session(session);
    }

    protected int show(FileInfo file) {
      cli.printer()
          .show(
              file,
              () -> {
                var table = new FileTable();
                row(table, file);
                table.print(cli.printer().out());
              });
      return ExitCode.OK.code();
    }

    static void row(FileTable table, FileInfo file) {
      char type =
          switch (file.getType()) {
            case TYPE_DIRECTORY -> 'd';
            case TYPE_SYMLINK -> 'l';
            case TYPE_OTHER -> '?';
            case TYPE_FILE, TYPE_UNSPECIFIED, UNRECOGNIZED -> '-';
          };
      table.row(
          type,
          file.getMode(),
          file.getSize(),
          file.getModifyTime(),
          file.getPath(),
          file.getLinkTarget());
    }
  }

  @Command(
      name = "list",
      aliases = "ls",
      description = "List a directory.",
      mixinStandardHelpOptions = true)
  static final class ListFiles extends OfSession {
    @Parameters(index = "1", arity = "0..1", defaultValue = "", paramLabel = "PATH")
    String path = "";

    ListFiles(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request =
          ListFilesRequest.newBuilder()
              .setSessionId(id())
              .setPath(WorkspacePath.within(path))
              .setPageSize(1000);
      var table = new FileTable();
      boolean more = true;
      while (more) {
        var answer = cli.connection().workspaces().listFiles(request.build());
        cli.printer().show(answer, () -> answer.getFilesList().forEach(file -> row(table, file)));
        request.setPageToken(answer.getNextPageToken());
        more = !answer.getNextPageToken().isEmpty();
      }
      if (!cli.printer().json()) {
        table.print(cli.printer().out());
      }
      return ExitCode.OK.code();
    }
  }

  @Command(name = "stat", description = "Show what is at a path.", mixinStandardHelpOptions = true)
  static final class Stat extends OfSession {
    @Parameters(index = "1", paramLabel = "PATH")
    String path = "";

    Stat(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request =
          StatFileRequest.newBuilder()
              .setSessionId(id())
              .setPath(WorkspacePath.within(path))
              .build();
      return show(cli.connection().workspaces().statFile(request).getFile());
    }
  }

  @Command(
      name = "read",
      aliases = "cat",
      description = "Print a file, or a part of it.",
      mixinStandardHelpOptions = true)
  static final class Read extends OfSession {
    @Parameters(index = "1", paramLabel = "PATH")
    String path = "";

    @Mixin Part part = new Part();

    Read(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() throws IOException {
      var request =
          ReadFileRequest.newBuilder()
              .setSessionId(id())
              .setPath(WorkspacePath.within(path))
              .setOffset(part.offset)
              .setLength(part.length)
              .build();
      cli.printer()
          .bytes(cli.connection().workspaces().readFile(request), ReadFileResponse::getData);
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "sync",
      description = "Make a snapshot of a session's files now.",
      mixinStandardHelpOptions = true)
  static final class Sync extends OfSession {
    Sync(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request = SyncWorkspaceRequest.newBuilder().setSessionId(id()).build();
      var snapshot = cli.connection().workspaces().syncWorkspace(request).getSnapshot();
      cli.printer()
          .show(
              snapshot,
              () ->
                  cli.printer()
                      .out()
                      .printf(
                          "%s  %d files, %s, %s stored%n",
                          snapshot.getId(),
                          snapshot.getFileCount(),
                          Words.bytes(snapshot.getLogicalBytes()),
                          Words.bytes(snapshot.getStoredBytes())));
      return ExitCode.OK.code();
    }
  }
}
