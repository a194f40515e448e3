package dev.berth.cli;

import dev.berth.cli.output.Format;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options every command takes. */
public final class Globals {
  @Option(
      names = "--server",
      scope = ScopeType.INHERIT,
      paramLabel = "HOST:PORT",
      description =
          "The control plane. Default: $BERTH_SERVER, else the local one under $BERTH_HOME.")
  @Nullable String server;

  @Option(
      names = "--ca",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "Trust these certificates (PEM) instead of the system's. Default: $BERTH_CA.")
  @Nullable String ca;

  @Option(
      names = "--output",
      scope = ScopeType.INHERIT,
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text or json; json prints the API's messages, a line each for streams.")
  Format format = Format.text;
}
