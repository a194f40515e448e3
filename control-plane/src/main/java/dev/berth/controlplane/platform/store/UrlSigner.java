package dev.berth.controlplane.platform.store;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Presigned URLs of AWS Signature Version 4 with signed headers. The S3 client signs the host
 * alone, and then whoever holds the URL could leave out the checksum and write what it likes.
 */
final class UrlSigner {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";

  private final StoreEndpoint endpoint;

  UrlSigner(StoreEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  URI sign(String method, String key, Map<String, String> headers, Instant now, Duration life) {
    URI base = URI.create(endpoint.endpoint());
    String path = "/" + endpoint.bucket() + "/" + encode(key).replace("%2F", "/");
    String time = TIME.format(now);
    String scope = time.substring(0, 8) + "/" + endpoint.region() + "/s3/aws4_request";

    SortedMap<String, String> signed = new TreeMap<>();
    signed.put("host", base.getRawAuthority());
    headers.forEach((name, value) -> signed.put(name.toLowerCase(java.util.Locale.ROOT), value));
    String names = String.join(";", signed.keySet());

    SortedMap<String, String> query = new TreeMap<>();
    query.put("X-Amz-Algorithm", ALGORITHM);
    query.put("X-Amz-Credential", endpoint.accessKey() + "/" + scope);
    query.put("X-Amz-Date", time);
    query.put("X-Amz-Expires", Long.toString(life.toSeconds()));
    query.put("X-Amz-SignedHeaders", names);
    String queryText =
        query.entrySet().stream()
            .map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
            .collect(Collectors.joining("&"));

    String canonical =
        method
            + "\n"
            + path
            + "\n"
            + queryText
            + "\n"
            + signed.entrySet().stream()
                .map(e -> e.getKey() + ":" + e.getValue() + "\n")
                .collect(Collectors.joining())
            + "\n"
            + names
            + "\nUNSIGNED-PAYLOAD";
    String toSign = ALGORITHM + "\n" + time + "\n" + scope + "\n" + sha256(canonical);
    String signature = HexFormat.of().formatHex(hmac(key(time.substring(0, 8)), toSign));
    return URI.create(
        base.getScheme()
            + "://"
            + base.getRawAuthority()
            + path
            + "?"
            + queryText
            + "&X-Amz-Signature="
            + signature);
  }

  private byte[] key(String date) {
    byte[] secret = ("AWS4" + endpoint.secretKey()).getBytes(StandardCharsets.UTF_8);
    return hmac(hmac(hmac(hmac(secret, date), endpoint.region()), "s3"), "aws4_request");
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
