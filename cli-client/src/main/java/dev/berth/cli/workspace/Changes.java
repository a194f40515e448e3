package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.WorkspacePath;
import dev.berth.cli.output.Progress;
import dev.berth.v1.DeleteFileRequest;
import dev.berth.v1.FileInfo;
import dev.berth.v1.MakeDirectoryRequest;
import dev.berth.v1.MoveFileRequest;
import dev.berth.v1.SetFileModeRequest;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.WriteFileRequest.Placement;
import dev.berth.v1.WriteFileStreamRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands of {@code berth workspace} that change one thing. */
final class Changes {
  private Changes() {}

  @Command(
      name = "write",
      description = "Write a whole file, or into one.",
      mixinStandardHelpOptions = true)
  static final class Write extends WorkspaceCommand.OfSession {
    @Parameters(index = "1", paramLabel = "PATH")
    String path = "";

    @Option(
        names = "--from",
        defaultValue = "-",
        paramLabel = "FILE",
        description = "Default: standard input.")
    String from = "-";

    @Option(names = "--mode", defaultValue = "644", paramLabel = "OCTAL")
    String mode = "644";

    @Option(names = "--create-only", description = "Refuse where there is something already.")
    boolean createOnly;

    @Option(names = "--append", description = "Write behind what the file holds.")
    boolean append;

    @Option(
        names = "--offset",
        paramLabel = "BYTES",
        description = "Write into the file from there on.")
    @Nullable Long offset;

    Write(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
      var start =
          WriteFileStreamRequest.Start.newBuilder()
              .setSessionId(id())
              .setPath(WorkspacePath.within(path))
              .setMode(octal(mode))
              .setCreateOnly(createOnly);
      if (append) {
        start.setPlacement(Placement.PLACEMENT_APPEND);
      } else if (offset != null) {
        start.setPlacement(Placement.PLACEMENT_OFFSET).setOffset(offset);
      }
      try (InputStream content =
          from.equals("-") ? cli.in() : Files.newInputStream(Path.of(from))) {
        return show(send(cli, start.build(), content, 0));
      }
    }

    /**
     * @param bytes how many are expected; 0 where nobody knows
     */
    static FileInfo send(
        Cli cli, WriteFileStreamRequest.Start start, InputStream content, long bytes)
        throws IOException, InterruptedException {
      try (Progress progress = cli.progress("write", bytes)) {
        return Upload.send(
                cli.connection().workspaceStreams()::writeFileStream,
                WriteFileStreamRequest.newBuilder().setStart(start).build(),
                data -> WriteFileStreamRequest.newBuilder().setData(data).build(),
                content::transferTo,
                progress)
            .getFile();
      }
    }
  }

  @Command(
      name = "move",
      aliases = "mv",
      description = "Rename a file or directory, or move it into a directory.",
      mixinStandardHelpOptions = true)
  static final class Move extends WorkspaceCommand.OfSession {
    @Parameters(index = "1", paramLabel = "FROM")
    String from = "";

    @Parameters(index = "2", paramLabel = "TO", description = "A new path, or a directory.")
    String to = "";

    @Option(
        names = {"-f", "--overwrite"},
        description = "Replace a file that is there.")
    boolean overwrite;

    Move(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      String session = id();
      String source = WorkspacePath.within(from);
      var request =
          MoveFileRequest.newBuilder()
              .setSessionId(session)
              .setFrom(source)
              .setTo(target(cli, session, to, name(source)))
              .setOverwrite(overwrite);
      return show(cli.connection().workspaces().moveFile(request.build()).getFile());
    }
  }

  @Command(
      name = "mkdir",
      description = "Make a directory and its parents.",
      mixinStandardHelpOptions = true)
  static final class MakeDirectory extends WorkspaceCommand.OfSession {
    @Parameters(index = "1", paramLabel = "PATH")
    String path = "";

    MakeDirectory(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request =
          MakeDirectoryRequest.newBuilder().setSessionId(id()).setPath(WorkspacePath.within(path));
      return show(cli.connection().workspaces().makeDirectory(request.build()).getFile());
    }
  }

  @Command(
      name = "chmod",
      description = "Set the permission bits of a file or directory.",
      mixinStandardHelpOptions = true)
  static final class SetMode extends WorkspaceCommand.OfSession {
    @Parameters(index = "1", paramLabel = "OCTAL")
    String mode = "";

    @Parameters(index = "2", paramLabel = "PATH")
    String path = "";

    SetMode(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request =
          SetFileModeRequest.newBuilder()
              .setSessionId(id())
              .setPath(WorkspacePath.within(path))
              .setMode(octal(mode));
      return show(cli.connection().workspaces().setFileMode(request.build()).getFile());
    }
  }

  @Command(
      name = "delete",
      aliases = "rm",
      description = "Delete a file or directory.",
      mixinStandardHelpOptions = true)
  static final class Delete extends WorkspaceCommand.OfSession {
    @Parameters(index = "1", paramLabel = "PATH")
    String path = "";

    @Option(
        names = {"-r", "--recursive"},
        description = "And what is in it.")
    boolean recursive;

    Delete(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request =
          DeleteFileRequest.newBuilder()
              .setSessionId(id())
              .setPath(WorkspacePath.within(path))
              .setRecursive(recursive)
              .build();
      var answer = cli.connection().workspaces().deleteFile(request);
      cli.printer().show(answer);
      return ExitCode.OK.code();
    }
  }

  private static int octal(String mode) {
    try {
      return Integer.parseInt(mode, 8);
    } catch (NumberFormatException e) {
      throw new CliException(
          ExitCode.USAGE, mode + " is no mode.", "Give octal digits, for example 755.");
    }
  }

  /**
   * The whole path of what is to stand at {@code typed}: below it, by that name, where it is a
   * directory.
   */
  static String target(Cli cli, String session, String typed, String name) {
    String path = WorkspacePath.within(typed);
    boolean into = path.isEmpty() || typed.endsWith("/") || directory(cli, session, path);
    return into ? path + (path.isEmpty() ? "" : "/") + name : path;
  }

  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static boolean directory(Cli cli, String session, String path) {
    var request = StatFileRequest.newBuilder().setSessionId(session).setPath(path).build();
    try {
      var file = cli.connection().workspaces().statFile(request).getFile();
      return file.getType() == FileInfo.Type.TYPE_DIRECTORY;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
        throw e;
      }
      return false;
    }
  }
}
