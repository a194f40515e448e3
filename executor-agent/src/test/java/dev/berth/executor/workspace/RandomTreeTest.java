package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.OpenFile;
import dev.berth.format.FileName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever a tree becomes, step by step, each sync's snapshot restores to exactly it. */
class RandomTreeTest {
  private static final IdSource IDS = new IdSource(Clock.systemUTC());
  private static final List<AutoCloseable> OPEN = new ArrayList<>();
  private static final List<Path> TEMP = new ArrayList<>();
  private static final List<Object> STARTED = new ArrayList<>();

  @BeforeContainer
  static void start() throws Exception {
    Path temp = Files.createTempDirectory("random-tree");
    TEMP.add(temp);
    S3 s3 = new S3(temp.resolve("s3"));
    ObjectStoreClient store = new ObjectStoreClient(Duration.ofSeconds(10), Duration.ofSeconds(60));
    Copies copies =
        Copies.open(
            temp.resolve("copies"),
            new CopyServices(Owner.SELF, Clock.systemUTC(), IDS, "boot", store),
            false);
    OPEN.add(copies);
    OPEN.add(s3);
    STARTED.add(s3);
    STARTED.add(copies);
  }

  @AfterContainer
  static void stop() throws Exception {
    Copies copies = (Copies) STARTED.get(1);
    for (CopyState state : copies.list()) {
      copies.remove(state.session());
    }
    for (AutoCloseable each : OPEN) {
      each.close();
    }
    try (var walk = Files.walk(TEMP.getFirst())) {
      for (Path path : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Property(tries = 10, shrinking = ShrinkingMode.OFF)
  void everySnapshot_restoresToTheTreeItWasMadeOf(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Plane plane = new Plane((S3) STARTED.get(0));
    Copies copies = (Copies) STARTED.get(1);
    CopyLimits limits = CopyLimits.ofDisk(64 << 20);
    Copy copy = copies.open(new SessionId(IDS.next()), limits);
    copy.restore(Optional.empty(), plane, Progress.NONE);
    for (int round = 1; round <= 3; round++) {
      copy.markDirty(round);
      try (Directory root = Directory.open(copy.workspace())) {
        for (int i = 0; i < 25; i++) {
          change(random, root, 0);
        }
      }
      copy.sync(
          new SyncRequest(0, "REQUESTED", round, random.nextBoolean(), false),
          new Generation(plane, 0),
          Progress.NONE);
      Copy back = copies.open(new SessionId(IDS.next()), limits);
      back.restore(plane.head, plane, Progress.NONE);
      assertThat(Trees.describe(back.workspace()))
          .as("seed %d round %d", seed, round)
          .isEqualTo(Trees.describe(copy.workspace()));
      if (random.nextInt(3) == 0) {
        copies.remove(copy.session());
        copy = back;
      } else {
        copies.remove(back.session());
      }
    }
    copies.remove(copy.session());
  }

  /** Lets the plane expect this generation. */
  private static final class Generation implements SnapshotTransfers {
    private final Plane plane;

    Generation(Plane plane, long generation) {
      this.plane = plane;
      plane.generation = generation;
    }

    @Override
    public java.util.Map<dev.berth.common.Id.PackId, Transfer> createUploads(
        List<ObjectToUpload> objects) {
      return plane.createUploads(objects);
    }

    @Override
    public java.util.Map<dev.berth.common.Id.PackId, Transfer> createDownloads(
        java.util.Set<dev.berth.common.Id.PackId> objects) {
      return plane.createDownloads(objects);
    }

    @Override
    public CommitResult commit(CommitRequest request) throws IOException {
      return plane.commit(request);
    }
  }

  private static void change(Random random, Directory directory, int depth) throws IOException {
    List<FileName> names = new ArrayList<>();
    directory.forEachEntry(entry -> names.add(entry.name()));
    names.sort(null);
    if (!names.isEmpty() && random.nextInt(3) > 0) {
      FileName name = names.get(random.nextInt(names.size()));
      switch (directory.stat(name).type()) {
        case DIRECTORY -> {
          if (random.nextInt(8) == 0) {
            directory.rename(name, directory, name(random), true);
          } else {
            try (Directory below = directory.openDirectory(name)) {
              if (depth < 6) {
                change(random, below, depth + 1);
              } else {
                below.chmod(0700 | random.nextInt(512));
              }
            }
          }
        }
        case REGULAR -> {
          if (random.nextInt(4) == 0) {
            directory.unlink(name);
          } else {
            try (OpenFile file = directory.openFile(name, Directory.Access.READ_WRITE)) {
              write(random, file);
            }
          }
        }
        default -> directory.unlink(name);
      }
      return;
    }
    FileName name = name(random);
    if (names.contains(name)) {
      return;
    }
    switch (random.nextInt(5)) {
      case 0, 1 -> directory.makeDirectory(name, 0755);
      case 2 -> directory.symlink(name, name(random).toBytes());
      default -> {
        try (OpenFile file = directory.createFile(name, 0644, Directory.Access.READ_WRITE)) {
          write(random, file);
          file.chmod(0600 | random.nextInt(512));
          file.setModified(
              random.nextLong(-1_000_000, 4_000_000_000L), random.nextInt(1_000_000_000));
        }
      }
    }
  }

  private static void write(Random random, OpenFile file) throws IOException {
    byte[] content = new byte[random.nextInt(10) == 0 ? 5_000_000 : random.nextInt(5000)];
    if (random.nextBoolean()) {
      random.nextBytes(content);
    }
    long at = random.nextInt(4) == 0 ? random.nextLong(1L << 32) : random.nextInt(1000);
    file.write(at, content, 0, content.length);
    if (random.nextInt(4) == 0) {
      file.truncate(random.nextInt(3000));
    }
  }

  private static FileName name(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(6)];
    do {
      random.nextBytes(bytes);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = bytes[i] == 0 || bytes[i] == '/' ? (byte) 'a' : bytes[i];
      }
    } while (bytes[0] == '.' && bytes.length <= 2);
    return FileName.of(bytes, 0, bytes.length);
  }
}
