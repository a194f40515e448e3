package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Progress;
import dev.berth.cli.output.Words;
import dev.berth.v1.PullRequest;
import dev.berth.v1.PullResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code berth workspace pull}: unpacks a tar stream of files that a sandbox wrote, so nothing in
 * it is trusted: no entry may leave the target directory, by its name or through a link that an
 * earlier entry made.
 */
@Command(
    name = "pull",
    description = "Copy a file or directory of a session to here.",
    mixinStandardHelpOptions = true)
final class Pull extends WorkspaceCommand.OfSession {
  @Parameters(index = "1", paramLabel = "PATH")
  String path = "";

  @Parameters(index = "2", paramLabel = "LOCAL", description = "A directory. Made if missing.")
  Path local = Path.of("");

  Pull(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(local);
    Path target = local.toRealPath();
    var request = PullRequest.newBuilder().setSessionId(id()).setPath(within(path)).build();
    var answers = cli.connection().workspaces().pull(request);
    long files = 0;
    long bytes = 0;
    try (Progress progress = cli.progress("pull", 0);
        var tar = new TarArchiveInputStream(new Received(answers, progress), "UTF-8")) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpack(tar, entry, target);
        files += entry.isDirectory() ? 0 : 1;
        bytes += entry.isFile() ? entry.getSize() : 0;
      }
    }
    cli.printer().say(files + " files, " + Words.bytes(bytes));
    return ExitCode.OK.code();
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
      throws IOException {
    Path file = target.resolve(entry.getName()).normalize();
    if (!file.startsWith(target) || !contained(file, target)) {
      throw new CliException(
          ExitCode.FAILURE,
          "The session's files would be written outside " + target + ": " + entry.getName(),
          "Pull into an empty directory; if that fails too, the sandbox sent a forged archive.");
    }
    if (entry.isDirectory()) {
      Files.createDirectories(file);
      return;
    }
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (entry.isSymbolicLink()) {
      Files.deleteIfExists(file);
      Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
    } else if (entry.isFile()) {
      Files.deleteIfExists(file);
      Files.copy(tar, file, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(file, permissions(entry.getMode()));
    }
  }

  /** Whether every directory above the file, as far as there are any, is one and not a link. */
  private static boolean contained(Path file, Path target) {
    for (Path above = file.getParent();
        above != null && !above.equals(target);
        above = above.getParent()) {
      if (Files.exists(above, LinkOption.NOFOLLOW_LINKS)
          && !Files.isDirectory(above, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
    }
    return true;
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode & (0400 >> i)) != 0) {
        set.add(all[i]);
      }
    }
    return set;
  }

  /** The bytes of the answers as one stream. */
  private static final class Received extends InputStream {
    private final Iterator<PullResponse> answers;
    private final Progress progress;
    private InputStream current = InputStream.nullInputStream();

    Received(Iterator<PullResponse> answers, Progress progress) {
      this.answers = answers;
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = current.read(buffer, offset, length);
      while (count < 0 && answers.hasNext()) {
        var data = answers.next().getData();
        progress.add(data.size());
        current = data.newInput();
        count = current.read(buffer, offset, length);
      }
      return count;
    }
  }
}
