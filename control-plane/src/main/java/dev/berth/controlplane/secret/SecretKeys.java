package dev.berth.controlplane.secret;

import dev.berth.controlplane.platform.config.PrivateFiles;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The master keys, read once at start. A value is sealed with AES-256-GCM under a nonce of its own,
 * and bound to whose it is: one moved to another row does not open.
 */
@Singleton
final class SecretKeys {
  private static final Logger log = LoggerFactory.getLogger(SecretKeys.class);
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /** By id; the first encrypts. */
  private final Map<String, SecretKey> keys = new LinkedHashMap<>();

  private final SecureRandom random = new SecureRandom();

  SecretKeys(SecretsConfig config) {
    String file = config.keyFile();
    if (file == null || file.isBlank()) {
      return;
    }
    var text = PrivateFiles.read(Path.of(file));
    if (text.isEmpty()) {
      log.warn("there is no file {}: secrets are refused", file);
      return;
    }
    int line = 0;
    for (String entry : text.get().split("\n", -1)) {
      line++;
      String encoded = entry.strip();
      if (!encoded.isEmpty() && !encoded.startsWith("#")) {
        add(encoded, file + ", line " + line);
      }
    }
  }

  private void add(String encoded, String where) {
    byte[] key;
    try {
      key = Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(where + " is not base64", null);
    }
    if (key.length != KEY_BYTES) {
      throw new IllegalStateException(where + " is a key of " + key.length + " bytes, not of 32");
    }
    keys.put(id(key), new SecretKeySpec(key, "AES"));
  }

  /** What tells a key from others and nothing about it. */
  private static String id(byte[] key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update("berth secret key id".getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(key), 0, 8);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean none() {
    return keys.isEmpty();
  }

  Set<String> ids() {
    return keys.keySet();
  }

  /** The id of the key that encrypts; SECRET_KEY_MISSING where there is none. */
  String current() {
    return keys.keySet().stream().findFirst().orElseThrow(SecretErrors::keyMissing);
  }

  SealedValue seal(UUID secret, Secret.Name name, long version, String value) {
    String key = current();
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, secret, name, version);
      byte[] sealed = cipher.doFinal(value.getBytes(StandardCharsets.UTF_8));
      return new SealedValue(secret, name, version, key, nonce, sealed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** SECRET_KEY_UNKNOWN, SECRET_DAMAGED. */
  String open(SealedValue sealed) {
    if (!keys.containsKey(sealed.keyId())) {
      throw SecretErrors.keyUnknown(sealed);
    }
    try {
      Cipher cipher =
          cipher(
              Cipher.DECRYPT_MODE,
              sealed.keyId(),
              sealed.nonce(),
              sealed.secret(),
              sealed.name(),
              sealed.version());
      return new String(cipher.doFinal(sealed.ciphertext()), StandardCharsets.UTF_8);
    } catch (AEADBadTagException e) {
      throw SecretErrors.damaged(sealed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Cipher cipher(
      int mode, String key, byte[] nonce, UUID secret, Secret.Name name, long version)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, keys.get(key), new GCMParameterSpec(TAG_BITS, nonce));
    for (Object part :
        List.of(secret, name.project(), String.valueOf(name.session()), name.text(), version)) {
      byte[] bytes = part.toString().getBytes(StandardCharsets.UTF_8);
      cipher.updateAAD(ByteBuffer.allocate(4).putInt(bytes.length).array());
      cipher.updateAAD(bytes);
    }
    return cipher;
  }

  /** The same for the same value, and no help to whoever guesses at it without the key. */
  String fingerprint(String value) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(keys.get(current()));
      return HexFormat.of().formatHex(mac.doFinal(value.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
