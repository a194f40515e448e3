package dev.berth.controlplane.snapshot.content;

import dev.berth.common.Id.PackId;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.format.FormatException;
import dev.berth.format.Node;
import dev.berth.format.Pack;
import dev.berth.format.Sha256;
import dev.berth.format.Totals;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a whole snapshot from the store and checks every hash: the manifest's, each pack's, each
 * file's. Content is read twice, as packs and as files, so that nothing has to be remembered of
 * either. For one thread.
 */
public final class Verification {
  private static final int PART_BYTES = 4 << 20;
  private static final int FILES_PER_REPORT = 1000;
  private static final long BYTES_PER_REPORT = 16 << 20;

  /** How far it has come. */
  public record Progress(
      long packsChecked,
      long packs,
      long filesChecked,
      long files,
      long bytesChecked,
      long bytes,
      long findings) {}

  /**
   * What is damaged: a manifest or pack where {@code path} is null, else a file.
   *
   * @param root of the file
   */
  public record Finding(
      PackId pack,
      boolean manifest,
      @Nullable String root,
      @Nullable TreePath path,
      String message) {}

  /** Hears of it as it goes on. */
  public interface Listener {
    void progress(Progress progress) throws InterruptedException;

    void finding(Finding finding) throws InterruptedException;
  }

  private final ObjectStore store;
  private final StoredSnapshot snapshot;
  private final Listener listener;
  private long packsChecked;
  private long packs;
  private long filesChecked;
  private long bytesChecked;
  private long bytesReported;
  private long findings;
  private Totals totals = new Totals(0, 0, 0);

  public Verification(ObjectStore store, StoredSnapshot snapshot, Listener listener) {
    this.store = store;
    this.snapshot = snapshot;
    this.listener = listener;
  }

  /** Answers what was checked and found in all. */
  public Progress run(Manifests manifests) throws IOException, InterruptedException {
    try (TreeWalk walk = manifests.openAnew(snapshot)) {
      totals = walk.manifest().totals();
      packs = walk.packs().packs().size();
      for (Pack pack : walk.packs().packs()) {
        checkPack(pack);
      }
      try (StoredContent content = new StoredContent(store, snapshot, walk.packs())) {
        for (var root = walk.nextRoot(); root.isPresent(); root = walk.nextRoot()) {
          checkFiles(root.get(), walk, content);
        }
      }
    } catch (CorruptException e) {
      found(new Finding(e.pack(), true, null, null, e.message()));
    } catch (FormatException e) {
      found(
          new Finding(
              snapshot.manifest().id(),
              true,
              null,
              null,
              "The snapshot's manifest " + e.getMessage()));
    }
    return progress();
  }

  private void checkPack(Pack pack) throws InterruptedException {
    Optional<String> problem = problem(pack);
    packsChecked++;
    if (problem.isPresent()) {
      found(new Finding(pack.id(), false, null, null, problem.get()));
    }
    listener.progress(progress());
  }

  private Optional<String> problem(Pack pack) {
    StoredObject object = snapshot.packs().get(pack.id());
    if (object == null) {
      return Optional.of("No row leads to the pack");
    }
    MessageDigest digest = Sha256.digest();
    for (long at = 0; at < pack.size(); at += PART_BYTES) {
      int length = (int) Math.min(PART_BYTES, pack.size() - at);
      Optional<byte[]> part = store.read(object.key(), at, length);
      if (part.isEmpty()) {
        return Optional.of("The pack is missing");
      }
      if (part.get().length < length) {
        return Optional.of("The pack ends too early");
      }
      if (at == 0) {
        try {
          Pack.checkHeader(part.get(), pack.id());
        } catch (FormatException e) {
          return Optional.of("The pack " + e.getMessage());
        }
      }
      digest.update(part.get());
    }
    return Sha256.finish(digest).equals(pack.sha256())
        ? Optional.empty()
        : Optional.of("The pack fails its hash");
  }

  private void checkFiles(String root, TreeWalk walk, StoredContent content)
      throws IOException, InterruptedException {
    for (Optional<Entry> next = walk.next(); next.isPresent(); next = walk.next()) {
      if (next.get().node() instanceof Node.File file) {
        try {
          content.check(file);
        } catch (CorruptException e) {
          found(new Finding(e.pack(), false, root, next.get().path(), e.message()));
        }
        filesChecked++;
        bytesChecked += file.size();
        if (filesChecked % FILES_PER_REPORT == 0
            || bytesChecked - bytesReported >= BYTES_PER_REPORT) {
          bytesReported = bytesChecked;
          listener.progress(progress());
        }
      }
    }
  }

  private void found(Finding finding) throws InterruptedException {
    findings++;
    listener.finding(finding);
  }

  private Progress progress() {
    return new Progress(
        packsChecked, packs, filesChecked, totals.files(), bytesChecked, totals.bytes(), findings);
  }
}
