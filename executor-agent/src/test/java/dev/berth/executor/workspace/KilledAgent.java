package dev.berth.executor.workspace;

import dev.berth.common.Id.SessionId;
import dev.berth.common.IdSource;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A process that does to copies what an agent does, round after round, until it is killed or its
 * rounds are over: it changes a session's files and syncs them, restores the head beside it, and
 * removes that again. Speaks with {@link KilledAgentTest} over its standard streams.
 */
final class KilledAgent {
  private static final int FILES = 120;

  private final Copies copies;
  private final IdSource ids;
  private final SessionId session;
  private final PlaneWire.Far plane;
  private final Random random;

  private KilledAgent(
      Copies copies, IdSource ids, SessionId session, PlaneWire.Far plane, Random random) {
    this.copies = copies;
    this.ids = ids;
    this.session = session;
    this.plane = plane;
    this.random = random;
  }

  /** Arguments: directory of the copies, the session, a seed, and how many rounds. */
  public static void main(String[] arguments) throws Exception {
    var out = new DataOutputStream(System.out);
    System.setOut(System.err);
    IdSource ids = new IdSource(Clock.systemUTC());
    var plane = new PlaneWire.Far(new DataInputStream(System.in), out);
    try (Copies copies = open(Path.of(arguments[0]), ids)) {
      var agent =
          new KilledAgent(
              copies,
              ids,
              SessionId.parse(arguments[1]),
              plane,
              new Random(Long.parseLong(arguments[2])));
      PlaneWire.write(out, List.of("begin"));
      for (int round = 0; round < Integer.parseInt(arguments[3]); round++) {
        agent.round();
      }
    }
  }

  static Copies open(Path directory, IdSource ids) throws IOException {
    boolean root = CopyHarness.root();
    return Copies.open(
        directory,
        new CopyServices(
            root ? Owner.SANDBOX : Owner.SELF,
            Clock.systemUTC(),
            ids,
            "boot",
            new ObjectStoreClient(Duration.ofSeconds(10), Duration.ofSeconds(60))),
        root);
  }

  private void round() throws IOException {
    Copy copy = copies.open(session, CopyHarness.LIMITS);
    Optional<SnapshotRef> head = plane.head();
    if (copy.state().fit(head) == CopyState.Fit.RESTORE) {
      copy.restore(head, plane, Progress.NONE);
    }
    copy.serve(1);
    long version = copy.state().dirtyVersion() + 1;
    copy.markDirty(version);
    change(copy.workspace());
    copy.sync(new SyncRequest(1, "REQUESTED", version, true, false), plane, Progress.NONE);
    beside();
  }

  /** Those that are there go on from where a kill left them. */
  private void beside() throws IOException {
    Optional<SessionId> found =
        copies.list().stream().map(CopyState::session).filter(s -> !s.equals(session)).findFirst();
    Copy other = copies.open(found.orElseGet(() -> new SessionId(ids.next())), CopyHarness.LIMITS);
    other.restore(plane.head(), plane, Progress.NONE);
    if (random.nextInt(4) == 0) {
      copies.remove(other.session());
    }
  }

  private void change(Path workspace) throws IOException {
    for (int i = 0; i < 12; i++) {
      Path directory = Files.createDirectories(workspace.resolve("d" + random.nextInt(8)));
      Path file = directory.resolve("f" + random.nextInt(FILES / 8));
      if (random.nextInt(4) == 0) {
        Files.deleteIfExists(file);
      } else {
        byte[] content = new byte[random.nextInt(8) == 0 ? 600_000 : random.nextInt(20_000)];
        random.nextBytes(content);
        Files.write(file, content);
      }
    }
  }
}
