package dev.berth.controlplane.secret;

import java.util.UUID;

/**
 * One version of a secret, encrypted.
 *
 * @param ciphertext with its tag
 */
@SuppressWarnings("ArrayRecordComponent")
record SealedValue(
    UUID secret, Secret.Name name, long version, String keyId, byte[] nonce, byte[] ciphertext) {

  @Override
  public String toString() {
    return "SealedValue[" + secret + ", version " + version + ", key " + keyId + "]";
  }
}
