package dev.berth.cli.workspace;

import com.google.protobuf.util.Timestamps;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.FileInfo;
import dev.berth.v1.ListFilesRequest;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
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

    /** The path within the workspace of what a user typed. */
    static String within(String typed) {
      String path = typed.equals("/workspace") ? "" : typed;
      path = path.startsWith("/workspace/") ? path.substring("/workspace/".length()) : path;
      path = path.equals(".") ? "" : path;
      return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    protected int show(FileInfo file) {
      if (cli.printer().json()) {
        cli.printer().document(file);
      } else {
        var table = new Table("MODE", "SIZE", "MODIFIED", "PATH");
        row(table, file);
        table.print(cli.printer().out());
      }
      return ExitCode.OK.code();
    }

    static void row(Table table, FileInfo file) {
      String type =
          switch (file.getType()) {
            case TYPE_DIRECTORY -> "d";
            case TYPE_SYMLINK -> "l";
            case TYPE_OTHER -> "?";
            case TYPE_FILE, TYPE_UNSPECIFIED, UNRECOGNIZED -> "-";
          };
      String target = file.getLinkTarget().isEmpty() ? "" : " -> " + file.getLinkTarget();
      table.row(
          type + Integer.toOctalString(file.getMode()),
          file.getSize(),
          Timestamps.toString(file.getModifyTime()),
          file.getPath() + target);
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
          ListFilesRequest.newBuilder().setSessionId(id()).setPath(within(path)).setPageSize(1000);
      var answer = cli.connection().workspaces().listFiles(request.build());
      var table = new Table("MODE", "SIZE", "MODIFIED", "PATH");
      while (true) {
        if (cli.printer().json()) {
          cli.printer().document(answer);
        } else {
          answer.getFilesList().forEach(file -> row(table, file));
        }
        if (answer.getNextPageToken().isEmpty()) {
          break;
        }
        answer =
            cli.connection()
                .workspaces()
                .listFiles(request.setPageToken(answer.getNextPageToken()).build());
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
      var request = StatFileRequest.newBuilder().setSessionId(id()).setPath(within(path)).build();
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

    @Option(names = "--offset", defaultValue = "0", paramLabel = "BYTES")
    long offset;

    @Option(
        names = "--length",
        defaultValue = "0",
        paramLabel = "BYTES",
        description = "0 means to the end.")
    long length;

    Read(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() throws IOException {
      var request =
          ReadFileRequest.newBuilder()
              .setSessionId(id())
              .setPath(within(path))
              .setOffset(offset)
              .setLength(length)
              .build();
      var answers = cli.connection().workspaces().readFile(request);
      while (answers.hasNext()) {
        answers.next().getData().writeTo(cli.printer().out());
      }
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
      if (cli.printer().json()) {
        cli.printer().document(snapshot);
      } else {
        cli.printer()
            .out()
            .printf(
                "%s  %d files, %s, %s stored%n",
                snapshot.getId(),
                snapshot.getFileCount(),
                Words.bytes(snapshot.getLogicalBytes()),
                Words.bytes(snapshot.getStoredBytes()));
      }
      return ExitCode.OK.code();
    }
  }
}
