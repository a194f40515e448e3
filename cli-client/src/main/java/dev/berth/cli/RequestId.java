package dev.berth.cli;

import picocli.CommandLine.Option;

/** The option of every command that makes something. */
public final class RequestId {
  @Option(
      names = "--request-id",
      defaultValue = "",
      description = "Makes a repeated call answer the first outcome.")
  public String text = "";
}
