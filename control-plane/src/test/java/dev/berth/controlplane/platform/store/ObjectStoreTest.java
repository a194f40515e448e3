package dev.berth.controlplane.platform.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.controlplane.platform.auth.Credentials;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The port against the server that the embedded default runs. */
final class ObjectStoreTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static final byte[] CONTENT = "a pack".getBytes(StandardCharsets.UTF_8);
  private static final String HASH = HexFormat.of().formatHex(Credentials.hash("a pack"));

  private final ObjectStore store = berth.bean(ObjectStore.class);

  @BeforeAll
  static void bucket() {
    berth.bean(ObjectStore.class).ensureBucket();
    berth.bean(ObjectStore.class).ensureBucket();
  }

  private static int send(String method, URI url, Map<String, String> headers, byte[] body)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url).method(method, BodyPublishers.ofByteArray(body));
    headers.forEach(request::header);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
      return response.statusCode();
    }
  }

  @Test
  void aPresignedPut_takesExactlyThoseBytes_once() throws Exception {
    var put = store.presignPut("packs/one", HASH);
    assertThat(send("PUT", put.url(), put.headers(), "a park".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(400);
    assertThat(store.size("packs/one")).isEmpty();
    assertThat(send("PUT", put.url(), put.headers(), CONTENT)).isEqualTo(200);
    assertThat(store.size("packs/one")).hasValue(CONTENT.length);
    assertThat(send("PUT", put.url(), put.headers(), CONTENT)).isEqualTo(412);
  }

  @Test
  void aPresignedPut_withoutItsSignedHeaders_orForAnotherKey_isForbidden() throws Exception {
    var put = store.presignPut("packs/two", HASH);
    assertThat(send("PUT", put.url(), Map.of(), CONTENT)).isEqualTo(403);
    URI other = URI.create(put.url().toString().replace("packs/two", "packs/three"));
    assertThat(send("PUT", other, put.headers(), CONTENT)).isEqualTo(403);
    assertThat(store.size("packs/two")).isEmpty();
    assertThat(store.size("packs/three")).isEmpty();
  }

  @Test
  void aPresignedGet_givesTheBytes_andWithoutASignatureNothingDoes() throws Exception {
    store.put("packs/four", CONTENT);
    var get = store.presignGet("packs/four");
    assertThat(send("GET", get.url(), get.headers(), new byte[0])).isEqualTo(200);
    URI bare = URI.create(get.url().toString().replaceAll("\\?.*", ""));
    assertThat(send("GET", bare, Map.of(), new byte[0])).isEqualTo(403);
    assertThat(store.get("packs/four")).isEqualTo(CONTENT);
  }

  @Test
  void delete_isIdempotent_andAMissingObjectIsNotFound() {
    store.put("packs/five", CONTENT);
    store.delete("packs/five");
    store.delete("packs/five");
    assertThat(store.size("packs/five")).isEmpty();
    assertThatThrownBy(() -> store.get("packs/five"))
        .isInstanceOfSatisfying(
            BerthException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.RESOURCE_NOT_FOUND));
  }

  @Test
  void aCallInsideATransaction_isAMistake() {
    assertThatThrownBy(() -> berth.transactions().run(() -> store.delete("packs/six")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aStoreThatIsAway_isUnavailable_andDoesNotKeepTheServerFromStarting() {
    try (BerthServer apart =
        BerthServer.create()
            .withoutReconcilers()
            .with("berth.store.endpoint", "http://127.0.0.1:1")
            .with("berth.store.access-key", "a")
            .with("berth.store.secret-key", "b")
            .start()) {
      assertThatThrownBy(() -> apart.bean(ObjectStore.class).size("x"))
          .isInstanceOfSatisfying(
              BerthException.class,
              e -> assertThat(e.reason()).isEqualTo(ErrorReason.STORE_UNAVAILABLE));
    }
  }
}
