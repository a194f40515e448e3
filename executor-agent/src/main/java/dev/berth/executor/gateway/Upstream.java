package dev.berth.executor.gateway;

import java.net.URI;

/**
 * Where a vendor's models are, and the key that opens them.
 *
 * @param url without a path, or with one that goes before {@code /v1}
 */
public record Upstream(URI url, String key) {

  URI at(String pathAndQuery) {
    var base = url.toString();
    return URI.create(
        (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + pathAndQuery);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "Upstream[" + url + "]";
  }
}
