package dev.berth.controlplane.platform.db;

/**
 * Where the database is.
 *
 * @param embedded whether this process runs it
 */
public record DatabaseEndpoint(String url, String user, String password, boolean embedded) {
  @Override
  public String toString() {
    return "DatabaseEndpoint[" + url + ", embedded=" + embedded + "]";
  }
}
