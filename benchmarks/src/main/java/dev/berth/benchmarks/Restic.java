package dev.berth.benchmarks;

import dev.berth.testing.stack.Shell;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The peer: restic with its defaults, a fresh repository in the object store of a stack. */
final class Restic {
  private final Path directory;
  private final Map<String, String> environment;

  /**
   * @param home of the control plane whose store it uses
   * @param bucket of its own, made by this
   */
  Restic(Path home, Path directory, String bucket) throws IOException {
    this.directory = directory;
    Properties store = new Properties();
    try (Reader settings = Files.newBufferedReader(home.resolve("embedded.properties"))) {
      store.load(settings);
    }
    this.environment =
        Map.of(
            "AWS_ACCESS_KEY_ID", store.getProperty("store.access-key"),
            "AWS_SECRET_ACCESS_KEY", store.getProperty("store.secret-key"),
            "RESTIC_REPOSITORY",
                "s3:http://127.0.0.1:%s/%s".formatted(store.getProperty("store.port"), bucket),
            "RESTIC_PASSWORD", "restic",
            "RESTIC_CACHE_DIR", directory.resolve(bucket + "-cache").toString());
    run("init");
  }

  Object backup(Path tree) throws IOException {
    return run("backup", tree.toString());
  }

  Object restore(Path target) throws IOException {
    return run("restore", "latest", "--target", target.toString());
  }

  private Object run(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("restic", "--quiet"));
    command.addAll(List.of(arguments));
    Shell.Result result = Shell.run(directory, environment, command.toArray(String[]::new));
    if (result.exit() != 0) {
      throw new IOException(command + ": " + result.output());
    }
    return result;
  }
}
