package dev.berth.controlplane;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.berth.controlplane.platform.config.InstallationConfig;
import dev.berth.controlplane.platform.config.PrivateFiles;
import dev.berth.controlplane.platform.db.DatabaseEndpoint;
import dev.berth.controlplane.platform.grpc.GrpcListener;
import dev.berth.controlplane.platform.grpc.Listeners;
import dev.berth.controlplane.platform.replica.Replica;
import dev.berth.controlplane.platform.store.StoreEndpoint;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code $BERTH_HOME/control-plane.json}: where a control plane of this machine listens, for the
 * CLI and the tools. It is there while one is ready; after a kill it may be stale, so {@code pid}
 * says whose it is. No secrets.
 */
@Singleton
final class ReadyFile {
  private static final Logger log = LoggerFactory.getLogger(ReadyFile.class);

  private final Path file;
  private final Listeners listeners;
  private final Replica replica;
  private final DatabaseEndpoint database;
  private final StoreEndpoint store;

  ReadyFile(
      InstallationConfig config,
      Listeners listeners,
      Replica replica,
      DatabaseEndpoint database,
      StoreEndpoint store) {
    this.file = config.homeDirectory().resolve("control-plane.json");
    this.listeners = listeners;
    this.replica = replica;
    this.database = database;
    this.store = store;
  }

  void write() {
    GrpcListener open = listeners.publicListener();
    GrpcListener executors = listeners.executorListener();
    JsonObject json = new JsonObject();
    json.addProperty("pid", ProcessHandle.current().pid());
    json.addProperty("replica_id", replica.id().toString());
    json.addProperty("public_port", open.port());
    json.addProperty("public_address", open.address());
    json.addProperty("public_tls", open.isSecure());
    json.addProperty("executor_port", executors.port());
    json.addProperty("executor_address", executors.address());
    json.addProperty("executor_tls", executors.isSecure());
    json.addProperty("database_url", database.url());
    json.addProperty("database_embedded", database.embedded());
    json.addProperty("store_endpoint", store.endpoint());
    json.addProperty("store_embedded", store.embedded());
    PrivateFiles.write(
        file,
        new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(json) + "\n");
  }

  void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      log.warn("cannot delete {}", file, e);
    }
  }
}
