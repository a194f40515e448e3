package dev.berth.executor.worker;

import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.ImageInfo;
import dev.berth.executor.workspace.Copies;
import dev.berth.executor.workspace.Copy;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * The start of a worker's container, beside the restore of its files: in the container runs nothing
 * before the worker is READY. For one worker, once; closed without {@link #end} it is undone.
 */
final class ContainerStart implements AutoCloseable {

  private final Sandbox sandbox;
  private final Copies copies;
  private final Slot slot;
  private final ImageInfo image;
  private volatile @Nullable FutureTask<Boolean> task;
  private boolean ended;

  ContainerStart(Sandbox sandbox, Copies copies, Slot slot, ImageInfo image) {
    this.sandbox = sandbox;
    this.copies = copies;
    this.slot = slot;
    this.image = image;
  }

  /** With nothing mounted but the workspace. */
  void begin(Copy copy) {
    begin(copy, List.of());
  }

  /** Does nothing where it has begun. */
  void begin(Copy copy, List<ContainerSpec.Mount> links) {
    if (task != null) {
      return;
    }
    var starting =
        new FutureTask<>(() ->
            sandbox.up(
                slot.record().orElseThrow().box(),
                image,
                slot.home().orElseThrow(),
                copies.mount(copy),
                links,
                id -> slot.container(id, image.digest())));
    task = starting;
    Thread.ofVirtual().name("container-" + slot.session).start(starting);
  }

  /**
   * Waits for it.
   *
   * @return whether the container runs
   */
  boolean end() throws IOException {
    ended = true;
    return await();
  }

  private boolean await() throws IOException {
    var begun = task;
    if (begun == null) {
      return false;
    }
    var interrupted = false;
    try {
      while (true) {
        try {
          return begun.get();
        } catch (InterruptedException e) {
          interrupted = true; // whoever comes next must not find it half made
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof RuntimeException failed) {
        throw failed;
      }
      throw new IllegalStateException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends a container whose files could not be restored. */
  @Override
  public void close() throws IOException {
    if (!ended && task != null) {
      try {
        await();
      } finally {
        slot.record().ifPresent(sandbox::kill);
      }
    }
  }
}
