package dev.berth.controlplane.snapshot;

import static dev.berth.sql.db.Tables.PACK;

import com.github.luben.zstd.Zstd;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.executor.SnapshotLink;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.CommitSnapshotRequest;
import dev.berth.executor.v1.CreateTransferUrlsRequest;
import dev.berth.executor.v1.PackUpload;
import dev.berth.format.Bytes;
import dev.berth.format.FileName;
import dev.berth.format.ManifestWriter;
import dev.berth.format.Node;
import dev.berth.format.Pack;
import dev.berth.format.Piece;
import dev.berth.format.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An executor that makes real snapshots, as a sync does: content that the base has is named again,
 * the rest goes into one new pack. Paths are texts of one character a byte.
 */
final class SnapshotMaker {
  private final BerthServer berth;
  private final World world;
  private final World.Place place;
  private final Map<SnapshotId, Map<Sha256, Placed>> made = new HashMap<>();
  private int nextFrame;

  SnapshotMaker(BerthServer berth, World world, World.Place place) {
    this.berth = berth;
    this.world = world;
    this.place = place;
    berth.bean(ObjectStore.class).ensureBucket();
  }

  private record Placed(Pack pack, Pack.Frame frame) {}

  /** What to save, by path. A link is a text that begins with {@code ->}. */
  static SortedMap<String, byte[]> tree(Object... pathsAndContents) {
    var tree = new TreeMap<String, byte[]>();
    for (int i = 0; i < pathsAndContents.length; i += 2) {
      Object content = pathsAndContents[i + 1];
      tree.put(
          (String) pathsAndContents[i],
          content instanceof byte[] bytes ? bytes : ((String) content).getBytes(latin1()));
    }
    return tree;
  }

  SnapshotId make(@Nullable SnapshotId base, SortedMap<String, byte[]> files) {
    return make(place, 1, base, files);
  }

  SnapshotId make(
      World.Place at, long generation, @Nullable SnapshotId base, SortedMap<String, byte[]> files) {
    return make(at, generation, base, files, true);
  }

  /**
   * @param reuse whether content of the base is named again
   */
  SnapshotId make(
      World.Place at,
      long generation,
      @Nullable SnapshotId base,
      SortedMap<String, byte[]> files,
      boolean reuse) {
    try {
      return save(at, generation, base, files, base != null && reuse ? content(base) : Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<Sha256, Placed> content(SnapshotId snapshot) {
    return Objects.requireNonNull(made.get(snapshot));
  }

  private static Placed placed(Map<Sha256, Placed> where, Sha256 sha256) {
    return Objects.requireNonNull(where.get(sha256));
  }

  private SnapshotId save(
      World.Place at,
      long generation,
      @Nullable SnapshotId base,
      SortedMap<String, byte[]> files,
      Map<Sha256, Placed> known)
      throws IOException {
    var id = new SnapshotId(world.newId());
    Map<Sha256, Placed> used = new LinkedHashMap<>();
    PackId newPack = new PackId(world.newId());
    var packed = new ByteArrayOutputStream();
    packed.writeBytes(Pack.header(newPack));
    List<Sha256> fresh = new ArrayList<>();
    List<Pack.Frame> frames = new ArrayList<>();
    for (byte[] content : files.values()) {
      for (byte[] piece : pieces(content)) {
        Sha256 sha256 = Sha256.of(piece, 0, piece.length);
        if (known.containsKey(sha256)) {
          used.put(sha256, placed(known, sha256));
        } else if (!fresh.contains(sha256)) {
          byte[] stored = Zstd.compress(piece);
          frames.add(new Pack.Frame(nextFrame++, packed.size(), stored.length, piece.length));
          packed.writeBytes(stored);
          fresh.add(sha256);
        }
      }
    }
    List<byte[]> objects = new ArrayList<>();
    List<PackId> ids = new ArrayList<>();
    if (!fresh.isEmpty()) {
      byte[] bytes = packed.toByteArray();
      Pack pack = new Pack(newPack, Sha256.of(bytes, 0, bytes.length), bytes.length, frames);
      for (int i = 0; i < fresh.size(); i++) {
        used.put(fresh.get(i), new Placed(pack, frames.get(i)));
      }
      objects.add(bytes);
      ids.add(newPack);
    }
    byte[] manifest = manifest(id, files, used);
    PackId manifestId = new PackId(world.newId());
    objects.add(manifest);
    ids.add(manifestId);
    upload(at, generation, ids, objects);
    var commit =
        CommitSnapshotRequest.newBuilder()
            .setSnapshotId(id.toString())
            .setSessionId(at.session().toString())
            .setWorkerId(at.worker().toString())
            .setGeneration(generation)
            .setReason("REQUESTED")
            .setManifestPackId(manifestId.toString())
            .setManifestSha256(Sha256.of(manifest, 0, manifest.length).toString())
            .setManifestBytes(manifest.length)
            .setFileCount(files.size())
            .setLogicalBytes(files.values().stream().mapToLong(content -> content.length).sum())
            .setStoredBytes(objects.stream().mapToLong(object -> object.length).sum());
    if (base != null) {
      commit.setBaseSnapshotId(base.toString());
    }
    used.values().stream()
        .map(placed -> placed.pack().id().toString())
        .distinct()
        .forEach(commit::addPackIds);
    berth.bean(SnapshotLink.class).commitSnapshot(at.executor(), commit.build());
    made.put(id, used);
    return id;
  }

  private void upload(World.Place at, long generation, List<PackId> ids, List<byte[]> objects) {
    var urls =
        CreateTransferUrlsRequest.newBuilder()
            .setSessionId(at.session().toString())
            .setGeneration(generation);
    for (int i = 0; i < ids.size(); i++) {
      byte[] object = objects.get(i);
      urls.addUploads(
          PackUpload.newBuilder()
              .setPackId(ids.get(i).toString())
              .setSha256(Sha256.of(object, 0, object.length).toString())
              .setSize(object.length));
    }
    berth.bean(SnapshotLink.class).createTransferUrls(at.executor(), urls.build());
    for (int i = 0; i < ids.size(); i++) {
      berth.bean(ObjectStore.class).put(key(ids.get(i)), objects.get(i));
    }
  }

  String key(PackId pack) {
    return berth
        .sql()
        .select(PACK.OBJECT_KEY)
        .from(PACK)
        .where(PACK.ID.eq(pack))
        .fetchSingle(PACK.OBJECT_KEY);
  }

  private static List<byte[]> pieces(byte[] content) {
    List<byte[]> pieces = new ArrayList<>();
    if (isLink(content)) {
      return pieces;
    }
    for (int at = 0; at < content.length; at += Pack.MAX_FRAME_BYTES) {
      byte[] piece =
          Arrays.copyOfRange(content, at, Math.min(content.length, at + Pack.MAX_FRAME_BYTES));
      if (!isHole(piece)) {
        pieces.add(piece);
      }
    }
    return pieces;
  }

  private static boolean isHole(byte[] piece) {
    return piece.length == Pack.MAX_FRAME_BYTES && Arrays.equals(piece, new byte[piece.length]);
  }

  private static boolean isLink(byte[] content) {
    return new String(content, 0, Math.min(2, content.length), latin1()).equals("->");
  }

  private byte[] manifest(SnapshotId id, SortedMap<String, byte[]> files, Map<Sha256, Placed> used)
      throws IOException {
    var bytes = new ByteArrayOutputStream();
    var writer = new ManifestWriter(bytes, id.value(), false);
    writer.root("workspace", 0755, 1_700_000_000, 5);
    directory(writer, "", files, used);
    writer.end();
    Map<PackId, List<Pack.Frame>> frames = new LinkedHashMap<>();
    Map<PackId, Pack> packs = new LinkedHashMap<>();
    for (Placed placed : used.values()) {
      packs.put(placed.pack().id(), placed.pack());
      frames.computeIfAbsent(placed.pack().id(), p -> new ArrayList<>()).add(placed.frame());
    }
    frames.values().forEach(of -> of.sort(Comparator.comparing(Pack.Frame::position)));
    writer.finish(
        packs.values().stream()
            .map(
                p -> new Pack(p.id(), p.sha256(), p.size(), frames.getOrDefault(p.id(), List.of())))
            .toList());
    return bytes.toByteArray();
  }

  private void directory(
      ManifestWriter writer,
      String prefix,
      SortedMap<String, byte[]> files,
      Map<Sha256, Placed> used)
      throws IOException {
    var names = new TreeMap<FileName, String>();
    for (String path : files.keySet()) {
      if (path.startsWith(prefix)) {
        String name = path.substring(prefix.length()).split("/", 2)[0];
        byte[] raw = name.getBytes(latin1());
        names.put(FileName.of(raw, 0, raw.length), name);
      }
    }
    for (Map.Entry<FileName, String> name : names.entrySet()) {
      String path = prefix + name.getValue();
      byte[] content = files.get(path);
      if (content == null) {
        writer.directory(new Node.Directory(name.getKey(), 0750, 1_700_000_000, 0));
        directory(writer, path + "/", files, used);
        writer.end();
      } else if (isLink(content)) {
        writer.link(
            new Node.Link(
                name.getKey(),
                1_700_000_000,
                0,
                new Bytes(Arrays.copyOfRange(content, 2, content.length))));
      } else {
        writer.file(file(name.getKey(), content, used));
      }
    }
  }

  private static Node.File file(FileName name, byte[] content, Map<Sha256, Placed> used) {
    List<Piece> pieces = new ArrayList<>();
    for (int at = 0; at < content.length; at += Pack.MAX_FRAME_BYTES) {
      byte[] piece =
          Arrays.copyOfRange(content, at, Math.min(content.length, at + Pack.MAX_FRAME_BYTES));
      if (!isHole(piece)) {
        Sha256 sha256 = Sha256.of(piece, 0, piece.length);
        int frame = placed(used, sha256).frame().number();
        pieces.add(new Piece(at, piece.length, sha256, frame, 0));
      }
    }
    boolean whole = pieces.size() == 1 && pieces.getFirst().length() == content.length;
    Sha256 sha256 =
        content.length == 0 || whole
            ? Sha256.of(content, 0, content.length)
            : Node.digestOfPieces(content.length, pieces);
    return new Node.File(name, 0644, 1_700_000_000, 7, content.length, sha256, pieces, false, null);
  }

  private static java.nio.charset.Charset latin1() {
    return StandardCharsets.ISO_8859_1;
  }
}
