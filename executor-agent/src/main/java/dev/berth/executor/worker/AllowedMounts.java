package dev.berth.executor.worker;

import dev.berth.executor.container.ContainerRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The directories of the host that its operator lets manifests mount, by name. */
public final class AllowedMounts {

  public static final AllowedMounts NONE = new AllowedMounts(Map.of());

  private static final String VOLUME = "volume:";
  private static final String NAME = "[a-z0-9][a-z0-9_.-]{0,62}";

  private final Map<String, Path> directories;

  private AllowedMounts(Map<String, Path> directories) {
    this.directories = directories;
  }

  /**
   * @param wanted by name an absolute directory, or {@code volume:} and a volume of the engine
   * @throws IllegalArgumentException with a sentence, for one that is not there
   */
  public static AllowedMounts of(Map<String, String> wanted, ContainerRuntime runtime) {
    var directories = new TreeMap<String, Path>();
    wanted.forEach((name, source) -> {
      if (!name.matches(NAME)) {
        throw new IllegalArgumentException("the name of the mount " + name + " is not one");
      }
      directories.put(name, directory(name, source, runtime));
    });
    return new AllowedMounts(Map.copyOf(directories));
  }

  private static Path directory(String name, String source, ContainerRuntime runtime) {
    var directory =
        source.startsWith(VOLUME)
            ? runtime.volume(source.substring(VOLUME.length()))
            : Optional.of(Path.of(source));
    return directory
        .filter(Path::isAbsolute)
        .filter(Files::isDirectory)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "the mount " + name + " names " + source + ", which is no directory here"));
  }

  public List<String> names() {
    return directories.keySet().stream().sorted().toList();
  }

  Optional<Path> directory(String name) {
    return Optional.ofNullable(directories.get(name));
  }
}
