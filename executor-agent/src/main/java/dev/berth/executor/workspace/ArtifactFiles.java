package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.ArtifactTransfers.Announced;
import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.Sha256;
import dev.berth.format.layer.PathGlob;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Keeps files of a workspace as artifacts: each is hashed, then sent straight from the disk. No
 * link is ever followed and the workspace never left, whatever happens to it meanwhile.
 */
public final class ArtifactFiles {
  public static final int MAX_FILES = 100;
  static final long MAX_FILE_BYTES = 1L << 30;
  static final long MAX_TOTAL_BYTES = 4L << 30;
  private static final long MAX_ENTRIES = 1_000_000;

  private final Copy copy;
  private final CopyServices services;

  ArtifactFiles(Copy copy, CopyServices services) {
    this.copy = copy;
    this.services = services;
  }

  /**
   * Keeps what the globs name. Repeated, it keeps nothing twice.
   *
   * @param deadline by {@link System#nanoTime}: a store that is away is waited for until then
   * @return why what is named and not kept is not, a sentence each
   * @throws IOException nothing is decided: the control plane is away, or the store before the
   *     deadline, or this agent is stopping
   */
  public List<String> keep(List<PathGlob> globs, ArtifactTransfers transfers, long deadline)
      throws IOException {
    return HeavyWork.run(
        services.heavy(),
        "artifacts " + copy.session(),
        () -> new Keeping(transfers, deadline).run(globs));
  }

  private final class Keeping {
    private final ArtifactTransfers transfers;
    private final long deadline;
    private final List<String> problems = new ArrayList<>();
    private final byte[] block = new byte[WorkspaceFiles.BLOCK];
    private long bytes;

    Keeping(ArtifactTransfers transfers, long deadline) {
      this.transfers = transfers;
      this.deadline = deadline;
    }

    List<String> run(List<PathGlob> globs) throws IOException {
      try (Directory workspace = Directory.open(copy.workspace())) {
        var found = new ArtifactScan(globs, MAX_FILES, MAX_ENTRIES).run(workspace);
        problems.addAll(found.problems());
        for (RelativePath path : found.files()) {
          keep(workspace, path);
        }
      }
      return problems;
    }

    private void keep(Directory workspace, RelativePath path) throws IOException {
      try (OpenFile file = workspace.openFile(path, Directory.Access.READ)) {
        keep(text(path), file);
      } catch (ErrnoException e) {
        problems.add(path + ": " + Errno.describe(e.errno()) + ".");
      } catch (WorkspaceException e) {
        boolean undecided =
            e.reason() == Reason.HOST
                || (e.reason().temporary() && deadline - System.nanoTime() > 0);
        if (undecided) {
          throw e;
        }
        problems.add(path + ": " + e.getMessage());
      }
    }

    private void keep(String name, OpenFile file) throws IOException {
      file.syncData();
      FileStat stat = file.stat();
      if (stat.size() > MAX_FILE_BYTES || bytes + stat.size() > MAX_TOTAL_BYTES) {
        throw new WorkspaceException(
            Reason.LIMIT,
            "has %,d bytes; a file kept has at most 1 GiB, all together 4 GiB."
                .formatted(stat.size()));
      }
      Sha256 sha256 = digest(file, stat);
      Announced announced = transfers.announce(name, stat.size(), sha256);
      if (announced.upload().isPresent()) {
        upload(name, file, stat, sha256, announced.upload().get());
        transfers.commit(announced.artifact());
      }
      bytes += stat.size();
    }

    /** A URL expires, so each further try has its own; what was written meanwhile is not sent. */
    private void upload(
        String name, OpenFile file, FileStat stat, Sha256 sha256, Transfer announced)
        throws IOException {
      Deque<Transfer> first = new ArrayDeque<>(List.of(announced));
      services
          .store()
          .put(
              () -> {
                requireUnchanged(file, stat);
                return first.isEmpty() ? again(name, stat.size(), sha256) : first.remove();
              },
              () -> body(file, stat.size()));
      requireUnchanged(file, stat);
    }

    private Transfer again(String name, long size, Sha256 sha256) throws IOException {
      return transfers
          .announce(name, size, sha256)
          .upload()
          .orElseThrow(() -> new WorkspaceException(Reason.HOST, "is being kept."));
    }

    private Sha256 digest(OpenFile file, FileStat stat) throws IOException {
      MessageDigest digest = Sha256.digest();
      long at = 0;
      for (int got = -1; got != 0 && at < stat.size(); at += got) {
        got = file.read(at, block, 0, (int) Math.min(block.length, stat.size() - at));
        digest.update(block, 0, got);
      }
      requireUnchanged(file, stat);
      return Sha256.finish(digest);
    }

    private static void requireUnchanged(OpenFile file, FileStat before) throws IOException {
      if (!file.stat().sameContentAs(before)) {
        throw new WorkspaceException(Reason.PATH_TYPE, "was written while it was read.");
      }
    }

    private static String text(RelativePath path) throws WorkspaceException {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(path.toBytes()))
            .toString();
      } catch (CharacterCodingException e) {
        throw new WorkspaceException(Reason.PATH_INVALID, "its name is not UTF-8.", e);
      }
    }
  }

  private static BodyPublisher body(OpenFile file, long size) {
    return size == 0
        ? BodyPublishers.noBody()
        : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> new Bytes(file)), size);
  }

  /** A file from its beginning. Whoever opened it closes it. */
  private static final class Bytes extends InputStream {
    private final OpenFile file;
    private long at;

    Bytes(OpenFile file) {
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) == 1 ? one[0] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int got = file.read(at, target, offset, length);
      at += got;
      return got == 0 && length > 0 ? -1 : got;
    }
  }
}
