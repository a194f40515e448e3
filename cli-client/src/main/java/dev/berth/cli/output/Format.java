package dev.berth.cli.output;

/** How results are printed. The constants are what users type. */
public enum Format {
  text,
  json
}
