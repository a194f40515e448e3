package dev.berth.executor.gateway;

import java.util.Optional;

/** What is spoken to models: by where it is asked. */
enum Dialect {
  ANTHROPIC_MESSAGES("/v1/messages", Vendor.ANTHROPIC),
  OPENAI_RESPONSES("/v1/responses", Vendor.OPENAI),
  OPENAI_CHAT("/v1/chat/completions", Vendor.OPENAI);

  private final String path;
  private final Vendor vendor;

  Dialect(String path, Vendor vendor) {
    this.path = path;
    this.vendor = vendor;
  }

  Vendor vendor() {
    return vendor;
  }

  /** The one that is asked at a path, or below it. */
  static Optional<Dialect> at(String path) {
    for (Dialect dialect : values()) {
      if (path.equals(dialect.path) || path.startsWith(dialect.path + "/")) {
        return Optional.of(dialect);
      }
    }
    return Optional.empty();
  }
}
