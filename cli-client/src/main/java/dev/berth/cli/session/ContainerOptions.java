package dev.berth.cli.session;

import com.google.protobuf.FieldMask;
import dev.berth.v1.NetworkMode;
import dev.berth.v1.Resources;
import dev.berth.v1.SessionSpec;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say what a container is and where: what a pool's and a session's share. */
public final class ContainerOptions {
  @Option(names = "--image", description = "Image of the worker. Default: the installation's.")
  @Nullable String image;

  @Option(names = "--cpu", paramLabel = "CORES", description = "For example 0.5 or 2.")
  @Nullable Double cpu;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      converter = Size.class,
      description = "For example 512m or 2g.")
  @Nullable Long memory;

  @Option(
      names = "--disk",
      paramLabel = "SIZE",
      converter = Size.class,
      description = "For its files.")
  @Nullable Long disk;

  @Option(names = "--pids", paramLabel = "N", description = "Processes and threads.")
  @Nullable Integer pids;

  @Option(
      names = "--place",
      paramLabel = "KEY=VALUE",
      description = "Only on executors with this label. Repeatable.")
  Map<String, String> placement = new LinkedHashMap<>();

  @Option(
      names = "--network",
      paramLabel = "MODE",
      description = {
        "none: nothing but its own loopback. gateway: and there the executor's way to models.",
        "Default: none."
      })
  @Nullable Network network;

  /** As it is typed. */
  enum Network {
    none,
    gateway;

    NetworkMode mode() {
      return this == none ? NetworkMode.NETWORK_MODE_NONE : NetworkMode.NETWORK_MODE_GATEWAY;
    }
  }

  public SessionSpec.Builder spec() {
    var spec =
        SessionSpec.newBuilder()
            .putAllPlacementLabels(placement)
            .setResources(resources(Resources.newBuilder()));
    if (image != null) {
      spec.setImage(image);
    }
    if (network != null) {
      spec.setNetwork(network.mode());
    }
    return spec;
  }

  /** Lays the limits that were given over what there is. */
  Resources.Builder resources(Resources.Builder limits) {
    if (cpu != null) {
      limits.setCpuMillis((int) Math.round(cpu * 1000));
    }
    if (memory != null) {
      limits.setMemoryBytes(memory);
    }
    if (disk != null) {
      limits.setDiskBytes(disk);
    }
    if (pids != null) {
      limits.setPids(pids);
    }
    return limits;
  }

  boolean limitsGiven() {
    return cpu != null || memory != null || disk != null || pids != null;
  }

  FieldMask.Builder mask() {
    var mask = FieldMask.newBuilder();
    if (image != null) {
      mask.addPaths("spec.image");
    }
    if (network != null) {
      mask.addPaths("spec.network");
    }
    if (limitsGiven()) {
      mask.addPaths("spec.resources");
    }
    if (!placement.isEmpty()) {
      mask.addPaths("spec.placement_labels");
    }
    return mask;
  }

  /** Bytes, with an optional unit of powers of 1024. */
  public static final class Size implements ITypeConverter<Long> {
    private static final Pattern FORM =
        Pattern.compile("(\\d{1,15})([kmgt]?)i?b?", Pattern.CASE_INSENSITIVE);

    @Override
    public Long convert(String text) {
      var parts = FORM.matcher(text);
      if (!parts.matches()) {
        throw new TypeConversionException("'" + text + "' is not a size such as 512m or 2g");
      }
      int shift =
          switch (parts.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 10;
            case "m" -> 20;
            case "g" -> 30;
            case "t" -> 40;
            default -> 0;
          };
      return Math.multiplyExact(Long.parseLong(parts.group(1)), 1L << shift);
    }
  }
}
