package dev.berth.testing.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The scripted model as a program of its own, for demonstrations: until it is killed. */
public final class ModelServer {
  private ModelServer() {}

  /**
   * @param arguments the file that says its port once it listens
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (var model = new StubModel()) {
      Files.writeString(Path.of(arguments[0]), model.port() + "\n");
      new CountDownLatch(1).await();
    }
  }
}
