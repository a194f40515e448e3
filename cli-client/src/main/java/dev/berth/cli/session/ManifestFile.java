package dev.berth.cli.session;

import com.google.gson.Gson;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.v1.RuntimeManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A runtime manifest in a file: the fields of the message as YAML or JSON, and for people: a seed's
 * content as {@code text}, or as {@code file}, relative to the manifest; policies without prefix.
 */
final class ManifestFile {
  private static final String POLICY = "CONFLICT_POLICY_";

  private ManifestFile() {}

  static RuntimeManifest read(Path path) {
    try {
      Object loaded =
          new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(path));
      if (!(loaded instanceof Map<?, ?> fields)) {
        throw wrong(path, "holds no fields");
      }
      var manifest = RuntimeManifest.newBuilder();
      JsonFormat.parser().merge(new Gson().toJson(manifest(path, fields)), manifest);
      return manifest.build();
    } catch (YAMLException e) {
      throw wrong(path, "is neither YAML nor JSON: " + e.getMessage());
    } catch (InvalidProtocolBufferException e) {
      throw wrong(path, "is no manifest: " + e.getMessage());
    } catch (IOException e) {
      throw wrong(path, "cannot be read");
    }
  }

  private static Map<Object, Object> manifest(Path path, Map<?, ?> fields) throws IOException {
    Map<Object, Object> manifest = new LinkedHashMap<>(fields);
    for (String name : List.of("conflict_policy", "conflictPolicy")) {
      if (manifest.get(name) instanceof String policy && !policy.startsWith(POLICY)) {
        manifest.put(name, POLICY + policy);
      }
    }
    if (manifest.get("seeds") instanceof List<?> seeds) {
      List<Object> read = new ArrayList<>();
      for (Object seed : seeds) {
        read.add(seed instanceof Map<?, ?> map ? seed(path, map) : seed);
      }
      manifest.put("seeds", read);
    }
    return manifest;
  }

  private static Map<Object, Object> seed(Path manifest, Map<?, ?> fields) throws IOException {
    Map<Object, Object> seed = new LinkedHashMap<>(fields);
    if (seed.remove("text") instanceof String text) {
      seed.put("content", base64(text.getBytes(StandardCharsets.UTF_8)));
    }
    if (seed.remove("file") instanceof String file) {
      Path source = manifest.toAbsolutePath().resolveSibling(file);
      if (!Files.isReadable(source)) {
        throw wrong(manifest, "names " + source + ", which cannot be read");
      }
      seed.put("content", base64(Files.readAllBytes(source)));
    }
    return seed;
  }

  private static String base64(byte[] content) {
    return Base64.getEncoder().encodeToString(content);
  }

  private static CliException wrong(Path path, String what) {
    return new CliException(ExitCode.USAGE, path + " " + what + ".", "See docs/MANIFEST.md.");
  }
}
