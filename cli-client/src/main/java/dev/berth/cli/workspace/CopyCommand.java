package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.WorkspacePath;
import dev.berth.cli.output.Printer;
import dev.berth.cli.output.WholeFile;
import dev.berth.v1.FileInfo;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.ReadFileResponse;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.WriteFileStreamRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code berth cp}: files and directories between here and a session, as docker has it. */
@Command(
    name = "cp",
    description = {
      "Copy a file, or a directory with all that is in it, into a session or out of it.",
      "One of the two is SESSION:PATH, the other a local path, or - for standard input or output. A"
          + " local path with a colon is written ./so."
    },
    mixinStandardHelpOptions = true)
public final class CopyCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(index = "0", paramLabel = "FROM")
  String from = "";

  @Parameters(index = "1", paramLabel = "TO")
  String to = "";

  CopyCommand(Cli cli) {
    this.cli = cli;
  }

  /** A place in a session, as it was typed: {@code SESSION:PATH}. */
  private record Remote(String session, String path) {
    static Optional<Remote> of(String typed) {
      int colon = typed.indexOf(':');
      return colon <= 0 || typed.substring(0, colon).contains("/")
          ? Optional.empty()
          : Optional.of(new Remote(typed.substring(0, colon), typed.substring(colon + 1)));
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var source = Remote.of(from);
    var target = Remote.of(to);
    if (source.isPresent() == target.isPresent()) {
      throw new CliException(
          ExitCode.USAGE,
          "One of the two must be in a session, and only one.",
          "For example: berth cp notes.txt hello:notes.txt");
    }
    if (target.isPresent()) {
      in(target.get());
    } else {
      out(source.orElseThrow());
    }
    return ExitCode.OK.code();
  }

  private void in(Remote target) throws IOException, InterruptedException {
    String session = cli.names().session(target.session());
    if (from.equals("-")) {
      var start = start(session, WorkspacePath.within(target.path()));
      Changes.Write.send(cli, start.build(), cli.in(), 0);
      return;
    }
    Path local = Path.of(from);
    if (!Files.exists(local)) {
      throw new CliException(
          ExitCode.USAGE, local + " does not exist.", "Give the path of a file or directory.");
    }
    String name = local.toRealPath(LinkOption.NOFOLLOW_LINKS).getFileName().toString();
    String path = Changes.target(cli, session, target.path(), name);
    if (Files.isDirectory(local)) {
      Push.send(cli, session, LocalTree.scan(local, List.of()), path);
      return;
    }
    var start = start(session, path).setMode(LocalTree.mode(Files.getPosixFilePermissions(local)));
    try (var content = Files.newInputStream(local)) {
      Changes.Write.send(cli, start.build(), content, Files.size(local));
    }
  }

  private static WriteFileStreamRequest.Start.Builder start(String session, String path) {
    return WriteFileStreamRequest.Start.newBuilder().setSessionId(session).setPath(path);
  }

  private void out(Remote source) throws IOException {
    String session = cli.names().session(source.session());
    String path = WorkspacePath.within(source.path());
    if (to.equals("-")) {
      read(session, path, cli.printer().out());
      return;
    }
    var stat = StatFileRequest.newBuilder().setSessionId(session).setPath(path).build();
    FileInfo file = cli.connection().workspaces().statFile(stat).getFile();
    Path local = Path.of(to);
    String name = path.isEmpty() ? source.session() : Changes.name(path);
    Path target = Files.isDirectory(local) ? local.resolve(name) : local;
    switch (file.getType()) {
      case TYPE_DIRECTORY -> Pull.receive(cli, session, path, target);
      case TYPE_FILE ->
          WholeFile.write(
              target, TarUnpack.permissions(file.getMode()), out -> read(session, path, out));
      case TYPE_SYMLINK, TYPE_OTHER, TYPE_UNSPECIFIED, UNRECOGNIZED ->
          throw new CliException(
              ExitCode.CONFLICT,
              path + " is neither a file nor a directory.",
              "See what is there: berth workspace stat SESSION PATH");
    }
  }

  private void read(String session, String path, OutputStream out) throws IOException {
    var request = ReadFileRequest.newBuilder().setSessionId(session).setPath(path).build();
    Printer.copy(cli.connection().workspaces().readFile(request), ReadFileResponse::getData, out);
  }
}
