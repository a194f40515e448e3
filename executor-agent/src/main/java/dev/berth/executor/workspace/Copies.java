package dev.berth.executor.workspace;

import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.state.JsonFile;
import dev.berth.format.FileName;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies on this host, one directory each. Those of an earlier process of this agent are found
 * again as they were. Safe for many threads.
 */
public final class Copies implements AutoCloseable {
  private static final Duration STALLED = Duration.ofSeconds(120);

  private static final Logger log = LoggerFactory.getLogger(Copies.class);

  private final Path directory;
  private final CopyServices services;
  private final boolean volumes;
  private final BlankDisks disks = new BlankDisks();
  private final Map<SessionId, Copy> open = new ConcurrentHashMap<>();

  /** One a session, so that the disks of many are made at once. */
  private final Map<SessionId, ReentrantLock> locks = new ConcurrentHashMap<>();

  private final ReentrantLock removing = new ReentrantLock();

  private Copies(Path directory, CopyServices services, boolean volumes) {
    this.directory = directory;
    this.services = services;
    this.volumes = volumes;
  }

  /**
   * Opens a host's copies, with the defaults of an agent.
   *
   * @param directory of their own; made if missing
   * @param owner {@link Owner#SANDBOX} for an agent that is root
   * @param patience how long a transfer is tried again while the object store fails
   */
  public static Copies open(
      Path directory, Owner owner, Clock clock, IdSource ids, Duration patience)
      throws IOException {
    String bootId = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    ObjectStoreClient store = new ObjectStoreClient(patience, STALLED);
    return open(directory, new CopyServices(owner, clock, ids, bootId, store), owner.assign());
  }

  static Copies open(Path directory, CopyServices services, boolean wantVolumes)
      throws IOException {
    Files.createDirectories(directory);
    boolean volumes = wantVolumes && Volume.usable(directory);
    Copies copies = new Copies(directory, services, volumes);
    copies.removeUnmarked();
    return copies;
  }

  /** What an agent that was killed had not made yet, or had begun to remove: nobody asks for it. */
  private void removeUnmarked() throws IOException {
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(directory, SessionId.PREFIX + "_*")) {
      for (Path entry : entries) {
        CopyFiles files = new CopyFiles(entry);
        if (!Files.exists(files.marker())) {
          try {
            removeFiles(files);
          } catch (IOException e) {
            log.warn("{} is left, and cannot be removed", entry, e);
          }
        }
      }
    }
  }

  /**
   * Whether a new copy gets a disk of its own, so that its limit is enforced and not only watched.
   */
  public boolean disksLimited() {
    return volumes;
  }

  /**
   * The copy of a session, made if missing. What the host's last boot left is repaired first.
   *
   * @throws WorkspaceException HOST if its disk cannot be made or mounted
   */
  public Copy open(SessionId session, CopyLimits limits) throws IOException {
    ReentrantLock lock = lock(session);
    lock.lock();
    try {
      Copy known = open.get(session);
      if (known == null || !known.intact()) {
        known = attach(session, limits);
        open.put(session, known);
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  /** The copy of a session, if this host has one. */
  public Optional<Copy> find(SessionId session) throws IOException {
    ReentrantLock lock = lock(session);
    lock.lock();
    try {
      Optional<Marker> marker = markerFile(files(session)).read();
      return marker.isEmpty()
          ? Optional.empty()
          : Optional.of(open(session, CopyLimits.ofDisk(marker.get().diskBytes())));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Makes an empty copy that is no session's yet, on a disk of its own like theirs, and answers the
   * directory to mount as its workspace. One that is there and whole is left as it is.
   *
   * @param name of its own, kept for as long as a container mounts it
   */
  public Path prepare(String name, CopyLimits limits) throws IOException {
    CopyFiles files = new CopyFiles(directory.resolve(name));
    if (isPrepared(name)) {
      return files.root(CopyFiles.WORKSPACE);
    }
    removePrepared(name);
    Files.createDirectories(files.top());
    Files.writeString(files.mountedAs(), name);
    create(files, new Volume(files.image(), files.top()), limits.diskBytes());
    try (Directory top = Directory.open(files.top())) {
      CopySetup.makeRoot(top, CopyFiles.WORKSPACE, services.owner());
    }
    Marker marker =
        Marker.fresh(limits.diskBytes(), services.bootId()).made(services.ids().next().toString());
    markerFile(files).write(marker.restored(services.bootId(), null));
    return files.root(CopyFiles.WORKSPACE);
  }

  /** Whether it is there, whole, and no session's. */
  public boolean isPrepared(String name) {
    CopyFiles files = new CopyFiles(directory.resolve(name));
    return Files.isDirectory(files.directory(), LinkOption.NOFOLLOW_LINKS)
        && Files.isDirectory(files.root(CopyFiles.WORKSPACE))
        && markerFile(files).read().filter(Marker::complete).isPresent();
  }

  /** Removes one that no session has taken; one that is not there is removed already. */
  public void removePrepared(String name) throws IOException {
    CopyFiles files = new CopyFiles(directory.resolve(name));
    if (Files.isDirectory(files.directory(), LinkOption.NOFOLLOW_LINKS)) {
      removeFiles(files);
    }
  }

  /** Removes all that no session has taken but those. */
  public void removePreparedBut(Set<String> names) throws IOException {
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(directory, PooledContainerId.PREFIX + "_*")) {
      for (Path entry : entries) {
        if (!names.contains(entry.getFileName().toString())) {
          removePrepared(entry.getFileName().toString());
        }
      }
    }
  }

  /**
   * Makes a prepared copy the session's, in one step; does nothing where the session has one. What
   * mounts it goes on to: a link stands where it was, for as long as the copy lives.
   */
  public void adopt(String name, SessionId session) throws IOException {
    ReentrantLock lock = lock(session);
    lock.lock();
    try {
      Path own = directory.resolve(session.toString());
      if (!Files.exists(own) && isPrepared(name)) {
        Files.move(directory.resolve(name), own, StandardCopyOption.ATOMIC_MOVE);
      }
      mount(files(session));
    } finally {
      lock.unlock();
    }
  }

  /**
   * The directory of the host to mount as the copy's workspace: the same for as long as it lives.
   */
  public Path mount(Copy copy) throws IOException {
    return mount(files(copy.session()));
  }

  private Path mount(CopyFiles files) throws IOException {
    if (!Files.exists(files.mountedAs())) {
      return files.root(CopyFiles.WORKSPACE);
    }
    Path link = directory.resolve(Files.readString(files.mountedAs()));
    if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      Files.createSymbolicLink(link, files.directory().getFileName());
    }
    return new CopyFiles(link).root(CopyFiles.WORKSPACE);
  }

  /**
   * Every copy on this host. One whose disk cannot be brought back is there too, as it was last
   * known.
   */
  public List<CopyState> list() throws IOException {
    List<CopyState> states = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(directory, SessionId.PREFIX + "_*")) {
      for (Path entry : entries) {
        SessionId session = SessionId.parse(entry.getFileName().toString());
        Optional<Marker> marker = markerFile(files(session)).read();
        if (marker.isPresent()) {
          states.add(state(session, marker.get()));
        }
      }
    }
    return states;
  }

  private CopyState state(SessionId session, Marker marker) {
    try {
      Optional<Copy> copy = find(session);
      if (copy.isPresent()) {
        return copy.get().state();
      }
    } catch (IOException e) {
      log.warn("the disk of {} cannot be brought back", session, e);
    }
    return marker.state(session, services.bootId(), volumes);
  }

  /**
   * Removes a copy with everything in it, for good. Nothing may use it; one that is not there is
   * removed already.
   */
  public void remove(SessionId session) throws IOException {
    ReentrantLock lock = lock(session);
    lock.lock();
    try {
      CopyFiles files = files(session);
      Copy known = open.remove(session);
      if (known != null) {
        known.awaitFlush();
      }
      if (!Files.exists(files.directory())) {
        return;
      }
      if (Files.exists(files.mountedAs())) {
        Path link = directory.resolve(Files.readString(files.mountedAs()));
        if (Files.isSymbolicLink(link)) {
          Files.delete(link);
        }
      }
      removeFiles(files);
    } finally {
      lock.unlock();
    }
  }

  private void removeFiles(CopyFiles files) throws IOException {
    markerFile(files).delete();
    Volume volume = new Volume(files.image(), files.top());
    if (Files.exists(files.top()) && volume.mounted()) {
      volume.unmount();
    }
    removeDirectory(files);
  }

  private ReentrantLock lock(SessionId session) {
    return locks.computeIfAbsent(session, s -> new ReentrantLock());
  }

  private void removeDirectory(CopyFiles files) throws IOException {
    Path trashPath = Files.createDirectories(directory.resolve(".trash"));
    removing.lock();
    try (Directory parent = Directory.open(directory);
        Directory trash = Directory.open(trashPath)) {
      TreeRemoval removal = new TreeRemoval(trash);
      removal.take(parent, FileName.of(files.directory().getFileName().toString()));
      removal.empty();
    } finally {
      removing.unlock();
    }
  }

  private CopyFiles files(SessionId session) {
    return new CopyFiles(directory.resolve(session.toString()));
  }

  private static JsonFile<Marker> markerFile(CopyFiles files) {
    return new JsonFile<>(files.marker(), Marker.class);
  }

  private Copy attach(SessionId session, CopyLimits limits) throws IOException {
    CopyFiles files = files(session);
    JsonFile<Marker> markerFile = markerFile(files);
    Volume volume = new Volume(files.image(), files.top());
    Optional<Marker> found = markerFile.read();
    Files.createDirectories(files.top());
    if (found.isPresent() && volume.exists() && !volume.mounted()) {
      volume.repair();
      volume.mount();
    }
    Marker marker = found.orElseGet(() -> Marker.fresh(limits.diskBytes(), services.bootId()));
    if (found.isEmpty() || !Files.isDirectory(files.root(CopyFiles.WORKSPACE))) {
      create(files, volume, marker.diskBytes());
      // one found incomplete was being restored, and has lost nothing
      marker =
          found.isEmpty() || marker.complete()
              ? marker.made(services.ids().next().toString())
              : marker.incomplete();
      markerFile.write(marker);
    }
    CopyLimits actual = CopyLimits.ofDisk(marker.diskBytes());
    return new Copy(session, files, actual, services, volume.exists(), markerFile, marker);
  }

  /**
   * Nothing was there, or nothing is found in it: a disk without its workspace is laid aside, not
   * overwritten.
   */
  private void create(CopyFiles files, Volume volume, long diskBytes) throws IOException {
    if (volumes) {
      if (volume.mounted()) {
        volume.unmount();
      }
      if (volume.exists()) {
        Files.move(
            files.image(),
            files.directory().resolve("volume.lost"),
            StandardCopyOption.REPLACE_EXISTING);
      }
      disks.make(files.image(), diskBytes);
      volume.mount();
    }
    CopySetup.clear(files);
  }

  /** Stops what is being transferred. The copies stay, mounted, for the next process. */
  @Override
  public void close() {
    services.store().close();
    open.values().forEach(Copy::awaitFlush);
  }
}
