package dev.berth.controlplane.platform.store;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * Where the object store is.
 *
 * @param embedded whether this process runs it
 */
public record StoreEndpoint(
    String endpoint,
    String region,
    String bucket,
    String accessKey,
    String secretKey,
    boolean embedded) {

  /** Whether only processes of this host can reach it. */
  public boolean onLoopback() {
    try {
      return InetAddress.getByName(URI.create(endpoint).getHost()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "StoreEndpoint[" + endpoint + "/" + bucket + ", embedded=" + embedded + "]";
  }
}
