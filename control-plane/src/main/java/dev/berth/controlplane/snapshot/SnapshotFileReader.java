package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.snapshot.SnapshotContents.Place;
import dev.berth.controlplane.snapshot.content.TreePath;
import dev.berth.format.Node;
import jakarta.inject.Singleton;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.LongFunction;

/** Files of snapshots for other features. */
@Singleton
public class SnapshotFileReader {
  private static final String WORKSPACE = "workspace";

  private final SnapshotService snapshots;
  private final SnapshotContents contents;

  SnapshotFileReader(SnapshotService snapshots, SnapshotContents contents) {
    this.snapshots = snapshots;
    this.contents = contents;
  }

  /**
   * Reads a file of the workspace in a snapshot of the session.
   *
   * @param path normal, and of a file
   * @param target is given the file's size, and takes its bytes
   * @throws dev.berth.controlplane.platform.errors.BerthException as {@link SnapshotContents}
   */
  public void read(
      ProjectId project,
      SessionId session,
      SnapshotId snapshot,
      String path,
      LongFunction<OutputStream> target) {
    if (!snapshots.get(snapshot, project).session().equals(session)) {
      throw SnapshotErrors.notFound(snapshot);
    }
    TreePath at = TreePath.parse(path.getBytes(StandardCharsets.UTF_8));
    Place place = new Place(project, snapshot, WORKSPACE, at);
    if (!(contents.stat(place).node() instanceof Node.File file)) {
      throw SnapshotErrors.pathType(snapshot, at, "file");
    }
    contents.read(place, 0, 0, _ -> {}, target.apply(file.size()));
  }
}
