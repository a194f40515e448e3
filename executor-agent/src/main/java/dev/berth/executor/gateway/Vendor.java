package dev.berth.executor.gateway;

/** Whose models they are, and so by which key they open. */
public enum Vendor {
  ANTHROPIC,
  OPENAI
}
