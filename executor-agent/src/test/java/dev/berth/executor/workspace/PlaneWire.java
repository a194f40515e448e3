package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.executor.workspace.CommitResult.Committed;
import dev.berth.executor.workspace.CommitResult.HeadMoved;
import dev.berth.executor.workspace.CommitResult.PacksDoomed;
import dev.berth.executor.workspace.CommitResult.Stale;
import dev.berth.format.Sha256;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A {@link Plane} spoken to from another process: lists of texts, one as a question, one as its
 * answer. A question that a kill cuts short is none.
 */
final class PlaneWire {
  private PlaneWire() {}

  static void write(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      out.writeUTF(text);
    }
    out.flush();
  }

  static List<String> read(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(in.readUTF());
    }
    return texts;
  }

  /** Answers one question of {@link Far}. */
  static List<String> answer(Plane plane, List<String> question) throws IOException {
    List<String> rest = question.subList(1, question.size());
    return switch (question.getFirst()) {
      case "uploads" -> {
        var object =
            new SnapshotTransfers.ObjectToUpload(
                PackId.parse(rest.get(0)), Sha256.parse(rest.get(1)), Long.parseLong(rest.get(2)));
        yield urls(plane.createUploads(List.of(object)));
      }
      case "downloads" ->
          urls(plane.createDownloads(rest.stream().map(PackId::parse).collect(Collectors.toSet())));
      case "head" -> plane.head.map(PlaneWire::texts).orElse(List.of());
      case "commit" ->
          switch (plane.commit(commit(rest))) {
            case Committed committed -> List.of("committed", String.valueOf(committed.clean()));
            case Stale _ -> List.of("stale");
            case PacksDoomed _ -> List.of("doomed");
            case HeadMoved moved ->
                List.of("moved", moved.head().map(SnapshotId::toString).orElse(""));
          };
      default -> throw new IllegalArgumentException(question.toString());
    };
  }

  private static List<String> urls(Map<PackId, SnapshotTransfers.Transfer> transfers) {
    List<String> urls = new ArrayList<>();
    transfers.forEach((id, transfer) -> {
      urls.add(id.toString());
      urls.add(transfer.uri().toString());
    });
    return urls;
  }

  private static List<String> texts(SnapshotRef ref) {
    return List.of(
        ref.id().toString(),
        ref.manifest().toString(),
        ref.manifestSha256().toString(),
        String.valueOf(ref.manifestBytes()));
  }

  private static SnapshotRef ref(List<String> texts) {
    return new SnapshotRef(
        SnapshotId.parse(texts.get(0)),
        PackId.parse(texts.get(1)),
        Sha256.parse(texts.get(2)),
        Long.parseLong(texts.get(3)));
  }

  private static List<String> texts(CommitRequest commit) {
    List<String> texts = new ArrayList<>(texts(commit.snapshot()));
    texts.add(String.valueOf(commit.generation()));
    texts.add(commit.base().map(SnapshotId::toString).orElse(""));
    texts.add(String.valueOf(commit.quiescent()));
    texts.add(String.valueOf(commit.dirtyVersion()));
    commit.packs().forEach(pack -> texts.add(pack.toString()));
    return texts;
  }

  private static CommitRequest commit(List<String> texts) {
    return new CommitRequest(
        ref(texts),
        Long.parseLong(texts.get(4)),
        Optional.of(texts.get(5)).filter(base -> !base.isEmpty()).map(SnapshotId::parse),
        false,
        "REQUESTED",
        texts.stream().skip(8).map(PackId::parse).collect(Collectors.toSet()),
        0,
        0,
        0,
        List.of(),
        Boolean.parseBoolean(texts.get(6)),
        Long.parseLong(texts.get(7)));
  }

  /** The other end. Safe for many threads. */
  static final class Far implements SnapshotTransfers {
    private final DataInputStream in;
    private final DataOutputStream out;

    Far(DataInputStream in, DataOutputStream out) {
      this.in = in;
      this.out = out;
    }

    private synchronized List<String> ask(String what, List<String> rest) throws IOException {
      List<String> question = new ArrayList<>(List.of(what));
      question.addAll(rest);
      write(out, question);
      return read(in);
    }

    Optional<SnapshotRef> head() throws IOException {
      List<String> texts = ask("head", List.of());
      return texts.isEmpty() ? Optional.empty() : Optional.of(ref(texts));
    }

    @Override
    public Map<PackId, Transfer> createUploads(List<ObjectToUpload> objects) throws IOException {
      ObjectToUpload object = objects.getFirst();
      return transfers(
          ask(
              "uploads",
              List.of(
                  object.id().toString(),
                  object.sha256().toString(),
                  String.valueOf(object.size()))),
          Map.of("If-None-Match", "*"));
    }

    @Override
    public Map<PackId, Transfer> createDownloads(Set<PackId> objects) throws IOException {
      List<String> names = objects.stream().map(PackId::toString).toList();
      return transfers(ask("downloads", names), Map.of());
    }

    private static Map<PackId, Transfer> transfers(List<String> urls, Map<String, String> headers) {
      Map<PackId, Transfer> transfers = new HashMap<>();
      for (int i = 0; i < urls.size(); i += 2) {
        transfers.put(
            PackId.parse(urls.get(i)), new Transfer(URI.create(urls.get(i + 1)), headers));
      }
      return transfers;
    }

    @Override
    public CommitResult commit(CommitRequest request) throws IOException {
      List<String> answer = ask("commit", texts(request));
      return switch (answer.getFirst()) {
        case "committed" -> new Committed(Boolean.parseBoolean(answer.get(1)));
        case "stale" -> new Stale();
        case "doomed" -> new PacksDoomed(Set.of());
        default ->
            new HeadMoved(
                Optional.of(answer.get(1)).filter(id -> !id.isEmpty()).map(SnapshotId::parse));
      };
    }
  }
}
