package dev.berth.testing.model;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Server-sent events as they are written to one client, each at once. */
final class Events {
  private final OutputStream out;
  private final CountDownLatch closing;

  Events(OutputStream out, CountDownLatch closing) {
    this.out = out;
    this.closing = closing;
  }

  /** One whose name is its type, as most protocols have it. */
  void send(JsonObject data) throws IOException {
    write("event: " + Json.text(data, "type") + "\ndata: " + data + "\n\n");
  }

  /** One without a name. */
  void data(String data) throws IOException {
    write("data: " + data + "\n\n");
  }

  private void write(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** Returns early where the server closes. */
  void pause(Duration duration) throws IOException {
    try {
      if (closing.await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("the server closes");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
