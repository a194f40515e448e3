package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.workspace.PackWriter.Waiting;
import dev.berth.executor.workspace.RestorePlan.Dir;
import dev.berth.executor.workspace.RestorePlan.Fetch;
import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import dev.berth.format.FileName;
import dev.berth.format.FormatException;
import dev.berth.format.ManifestReader;
import dev.berth.format.ManifestReader.ReadLimits;
import dev.berth.format.ManifestWriter;
import dev.berth.format.Node;
import dev.berth.format.Pack;
import dev.berth.format.Sha256;
import dev.berth.format.Totals;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * Fills a fresh copy from a snapshot and makes its index. For one thread; works with some of its
 * own.
 */
final class RestoreJob {
  private static final int THREADS = 4;
  private static final int MANIFEST_PART = 8 << 20;

  private final CopyFiles files;
  private final CopyLimits limits;
  private final CopyServices services;
  private final SnapshotTransfers transfers;
  private final Progress progress;

  RestoreJob(
      CopyFiles files,
      CopyLimits limits,
      CopyServices services,
      SnapshotTransfers transfers,
      Progress progress) {
    this.files = files;
    this.limits = limits;
    this.services = services;
    this.transfers = transfers;
    this.progress = progress;
  }

  /**
   * @throws WorkspaceException OBJECT_CORRUPT if what is stored is not what was saved
   */
  Totals run(SnapshotRef ref) throws IOException {
    Path manifest = files.manifest(ref.id());
    try {
      fetchManifest(ref, manifest);
      return restore(ref, manifest);
    } catch (FormatException e) {
      throw new WorkspaceException(
          Reason.OBJECT_CORRUPT, "the snapshot's manifest " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(manifest);
    }
  }

  private void fetchManifest(SnapshotRef ref, Path path) throws IOException {
    MessageDigest digest = Sha256.digest();
    byte[] part = new byte[(int) Math.min(MANIFEST_PART, ref.manifestBytes())];
    try (OutputStream out = Files.newOutputStream(path)) {
      for (long at = 0; at < ref.manifestBytes(); at += MANIFEST_PART) {
        int length = (int) Math.min(MANIFEST_PART, ref.manifestBytes() - at);
        services.store().get(() -> url(ref.manifest()), at, part, length);
        digest.update(part, 0, length);
        out.write(part, 0, length);
      }
    }
    if (!Sha256.finish(digest).equals(ref.manifestSha256())) {
      throw new FormatException("is not the one that was saved");
    }
  }

  private Transfer url(PackId id) throws IOException {
    return java.util.Objects.requireNonNull(urls(Set.of(id)).get(id));
  }

  private Map<PackId, Transfer> urls(Set<PackId> ids) throws IOException {
    Map<PackId, Transfer> urls = transfers.createDownloads(ids);
    if (!urls.keySet().containsAll(ids)) {
      throw new WorkspaceException(Reason.UNAVAILABLE, "no URL was given for a download");
    }
    return urls;
  }

  private Totals restore(SnapshotRef ref, Path manifest) throws IOException {
    ReadLimits readLimits = new ReadLimits(limits.entries(), limits.depth() + 1);
    try (Directory top = Directory.open(files.top())) {
      FileFinish finish = new FileFinish(services.owner());
      RestorePlan plan = new RestorePlan(top, finish);
      Totals totals;
      try (ManifestReader reader =
              new ManifestReader(manifest, ref.id().value(), false, readLimits);
          PieceWriter writer = new PieceWriter(top, plan, finish, progress, reader.totals())) {
        totals = reader.totals();
        Map<PackId, Transfer> urls = new HashMap<>();
        for (var root = reader.nextRoot(); root.isPresent(); root = reader.nextRoot()) {
          makeRoot(top, root.get().name());
          plan.root(reader, root.get(), () -> fill(plan, reader, writer, urls));
        }
        fill(plan, reader, writer, urls);
      }
      FutureTask<?> index =
          new FutureTask<>(() -> {
            writeIndex(ref, manifest, readLimits, plan);
            return null;
          });
      Thread.ofPlatform().daemon().name("index").start(index);
      try {
        finishDirectories(top, plan, finish);
      } finally {
        Waiting.on(index);
      }
      return totals;
    }
  }

  /** Makes a root; the workspace may be there, empty. */
  static void makeRoot(Directory top, String root) throws IOException {
    if (root.startsWith("agent/")) {
      try (Directory agent = top.openDirectory(FileName.of("agent"))) {
        agent.makeDirectory(FileName.of(root.substring("agent/".length())), 0700);
      }
    } else {
      CopySetup.ensure(top, FileName.of(root), 0700);
    }
  }

  private void addUrls(Map<PackId, Transfer> urls, List<Fetch> fetches) throws IOException {
    Set<PackId> ids = new HashSet<>();
    for (Fetch fetch : fetches) {
      if (!urls.containsKey(fetch.pack().id())) {
        ids.add(fetch.pack().id());
      }
      if (ids.size() == 1000) {
        urls.putAll(urls(ids));
        ids.clear();
      }
    }
    if (!ids.isEmpty()) {
      urls.putAll(urls(ids));
    }
  }

  /** Fetches and writes what waits. */
  private void fill(
      RestorePlan plan, ManifestReader reader, PieceWriter writer, Map<PackId, Transfer> urls)
      throws IOException {
    List<Fetch> fetches = plan.fetches(reader.packs());
    addUrls(urls, fetches);
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().daemon().name("restore-", 0).factory());
    try {
      List<Future<?>> running = new ArrayList<>();
      for (Fetch fetch : fetches) {
        running.add(
            threads.submit(() -> {
              writer.write(fetch, target -> fetch(fetch, urls, target));
              return null;
            }));
      }
      for (Future<?> each : running) {
        Waiting.on(each);
      }
    } finally {
      threads.shutdownNow();
      threads.close();
    }
    plan.filled();
  }

  /**
   * The first try uses the URL that is there; later ones ask for another, as it may have expired.
   */
  private void fetch(Fetch fetch, Map<PackId, Transfer> urls, byte[] target) throws IOException {
    PackId id = fetch.pack().id();
    Transfer[] first = {urls.get(id)};
    services
        .store()
        .get(
            () -> {
              Transfer known = first[0];
              first[0] = null;
              return known == null ? url(id) : known;
            },
            fetch.position(),
            target,
            fetch.length());
  }

  private static void finishDirectories(Directory top, RestorePlan plan, FileFinish finish)
      throws IOException {
    for (int number = plan.directories.size() - 1; number >= 0; number--) {
      Dir dir = plan.directories.get(number);
      try (Directory directory = top.openDirectory(plan.path(number))) {
        finish.directory(directory, dir.mode(), dir.mtimeSeconds(), dir.mtimeNanos());
      }
    }
  }

  private void writeIndex(SnapshotRef ref, Path manifest, ReadLimits readLimits, RestorePlan plan)
      throws IOException {
    try (ManifestReader reader =
        new ManifestReader(manifest, ref.id().value(), false, readLimits)) {
      ManifestWriter index =
          new ManifestWriter(
              new BufferedOutputStream(Files.newOutputStream(files.index(ref.id())), 1 << 16),
              ref.id().value(),
              true);
      int ordinal = 0;
      for (Optional<ManifestReader.Root> root = reader.nextRoot();
          root.isPresent();
          root = reader.nextRoot()) {
        ManifestReader.Root r = root.get();
        index.root(r.name(), r.mode(), r.mtimeSeconds(), r.mtimeNanos());
        int depth = 1;
        while (depth > 0) {
          Node node = reader.next().orElse(null);
          switch (node) {
            case null -> {
              index.end();
              depth--;
            }
            case Node.Directory directory -> {
              index.directory(directory);
              depth++;
            }
            case Node.Link link -> index.link(link);
            case Node.File file -> index.file(seen(file, plan.seens.get(ordinal++, false)));
          }
        }
      }
      List<Pack> packs = reader.packs().packs();
      index.finish(packs);
    }
  }

  private static Node.File seen(Node.File file, Node.Seen seen) {
    return new Node.File(
        file.name(),
        file.mode(),
        file.mtimeSeconds(),
        file.mtimeNanos(),
        file.size(),
        file.sha256(),
        file.pieces(),
        file.changedDuringSync(),
        seen);
  }
}
