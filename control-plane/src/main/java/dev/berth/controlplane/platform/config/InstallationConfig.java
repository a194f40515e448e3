package dev.berth.controlplane.platform.config;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code berth.*}: where this installation lives.
 *
 * @param home {@code berth.home}, {@code BERTH_HOME}: the directory for keys, for embedded data and
 *     for what local clients read; {@code ~/.berth} by default
 * @param projects {@code berth.projects}, {@code BERTH_PROJECTS}: names of the projects made at
 *     start where they are missing, each with an ADMIN key; the first is the default one
 */
@ConfigurationProperties("berth")
public record InstallationConfig(
    @Nullable String home, @Bindable(defaultValue = "default") List<String> projects) {

  public Path homeDirectory() {
    Path path =
        home == null || home.isBlank()
            ? Path.of(System.getProperty("user.home"), ".berth")
            : Path.of(home);
    return path.toAbsolutePath().normalize();
  }
}
