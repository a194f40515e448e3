package dev.berth.executor.journal;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when a journal grows, from the kernel's own notices (inotify): no processor time while
 * nothing is written. Only a hint, which may be late, doubled or missing; whoever waits on it looks
 * for himself from time to time.
 */
public final class JournalWatcher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(JournalWatcher.class);

  private final WatchService service;
  private final Map<WatchKey, Runnable> wakers = new ConcurrentHashMap<>();

  public JournalWatcher(WatchService service) {
    this.service = service;
    Thread.ofPlatform().daemon().name("journal-watch").start(this::run);
  }

  public static JournalWatcher ofHost() throws IOException {
    return new JournalWatcher(FileSystems.getDefault().newWatchService());
  }

  /**
   * Calls {@code wake} on each notice until the answer is closed; {@code wake} must not block.
   * Where the host's watches are used up there will be no notices.
   */
  public AutoCloseable watch(Path directory, Runnable wake) {
    try {
      var key = directory.register(service, StandardWatchEventKinds.ENTRY_MODIFY);
      wakers.put(key, wake);
      return () -> {
        wakers.remove(key);
        try {
          key.cancel();
        } catch (ClosedWatchServiceException e) {
          LOG.debug("the watch ended with its service");
        }
      };
    } catch (IOException e) {
      LOG.warn("no notices for a journal, its output will be noticed later: {}", e.getMessage());
      return () -> {};
    }
  }

  private void run() {
    try {
      while (true) {
        var key = service.take();
        key.pollEvents();
        var wake = wakers.get(key);
        if (wake != null) {
          wake.run();
        }
        key.reset();
      }
    } catch (ClosedWatchServiceException e) {
      LOG.debug("no more journal notices");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
