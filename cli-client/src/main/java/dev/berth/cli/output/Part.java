package dev.berth.cli.output;

import picocli.CommandLine.Option;

/** Which bytes of a file are wanted. */
public final class Part {
  @Option(names = "--offset", defaultValue = "0", paramLabel = "BYTES")
  public long offset;

  @Option(
      names = "--length",
      defaultValue = "0",
      paramLabel = "BYTES",
      description = "0 means to the end.")
  public long length;
}
