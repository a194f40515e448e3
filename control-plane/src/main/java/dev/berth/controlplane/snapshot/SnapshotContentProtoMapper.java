package dev.berth.controlplane.snapshot;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.snapshot.SnapshotContents.Place;
import dev.berth.controlplane.snapshot.content.Entry;
import dev.berth.controlplane.snapshot.content.TreeDiff;
import dev.berth.controlplane.snapshot.content.TreePath;
import dev.berth.controlplane.snapshot.content.Verification;
import dev.berth.format.Node;
import dev.berth.v1.SnapshotChange;
import dev.berth.v1.SnapshotFile;
import dev.berth.v1.SnapshotFinding;
import dev.berth.v1.SnapshotPath;
import dev.berth.v1.SnapshotVerification;
import java.nio.charset.StandardCharsets;

/** Between what is in snapshots and its messages. */
final class SnapshotContentProtoMapper {
  private static final String WORKSPACE = "workspace";

  private SnapshotContentProtoMapper() {}

  static Place place(ProjectId project, String snapshot, SnapshotPath at) {
    SnapshotId id = Fields.id("snapshot_id", snapshot, SnapshotId::parse);
    String root = at.getRoot().isEmpty() ? WORKSPACE : at.getRoot();
    boolean raw = !at.getRawPath().isEmpty();
    try {
      TreePath path = TreePath.parse((raw ? at.getRawPath() : at.getPathBytes()).toByteArray());
      return new Place(project, id, root, path);
    } catch (IllegalArgumentException e) {
      throw SnapshotErrors.pathInvalid(raw ? "at.raw_path" : "at.path");
    }
  }

  static SnapshotFile file(Entry entry) {
    byte[] path = entry.path().toBytes();
    Node node = entry.node();
    var file =
        SnapshotFile.newBuilder()
            .setPath(text(path))
            .setRawPath(ByteString.copyFrom(path))
            .setModifyTime(
                Timestamp.newBuilder().setSeconds(node.mtimeSeconds()).setNanos(node.mtimeNanos()));
    return switch (node) {
      case Node.Directory it ->
          file.setType(SnapshotFile.Type.TYPE_DIRECTORY).setMode(it.mode()).build();
      case Node.Link it ->
          file.setType(SnapshotFile.Type.TYPE_SYMLINK)
              .setMode(0777)
              .setLinkTarget(text(it.target().toArray()))
              .build();
      case Node.File it ->
          file.setType(SnapshotFile.Type.TYPE_FILE)
              .setMode(it.mode())
              .setSize(it.size())
              .setSha256(it.sha256().toString())
              .setChangedDuringSync(it.changedDuringSync())
              .build();
    };
  }

  static SnapshotChange change(TreeDiff.Change change) {
    var message = SnapshotChange.newBuilder();
    Entry before = change.before();
    Entry after = change.after();
    if (before != null) {
      message.setBefore(file(before));
    }
    if (after != null) {
      message.setAfter(file(after));
    }
    return message
        .setKind(
            before == null
                ? SnapshotChange.Kind.KIND_ADDED
                : after == null
                    ? SnapshotChange.Kind.KIND_REMOVED
                    : SnapshotChange.Kind.KIND_CHANGED)
        .build();
  }

  static SnapshotVerification verification(Verification.Progress progress) {
    return SnapshotVerification.newBuilder()
        .setPacksChecked(progress.packsChecked())
        .setPacks(progress.packs())
        .setFilesChecked(progress.filesChecked())
        .setFiles(progress.files())
        .setBytesChecked(progress.bytesChecked())
        .setBytes(progress.bytes())
        .setFindings(progress.findings())
        .build();
  }

  static SnapshotFinding finding(Verification.Finding finding) {
    var message =
        SnapshotFinding.newBuilder()
            .setPackId(finding.pack().toString())
            .setMessage(finding.message());
    TreePath path = finding.path();
    String root = finding.root();
    if (path == null || root == null) {
      return message
          .setKind(
              finding.manifest()
                  ? SnapshotFinding.Kind.KIND_MANIFEST
                  : SnapshotFinding.Kind.KIND_PACK)
          .build();
    }
    byte[] raw = path.toBytes();
    return message
        .setKind(SnapshotFinding.Kind.KIND_FILE)
        .setRoot(root)
        .setPath(text(raw))
        .setRawPath(ByteString.copyFrom(raw))
        .build();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
