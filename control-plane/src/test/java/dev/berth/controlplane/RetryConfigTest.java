package dev.berth.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.berth.controlplane.testsupport.AllMethods;
import dev.berth.v1.Options;
import dev.berth.v1.Retry;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The service config that is published for clients, against the RPCs that are served. */
final class RetryConfigTest {

  @Test
  void everyRpcForClients_isInIt_orSaysWhyNot() throws IOException {
    assertThat(AllMethods.ofPublicListener())
        .allSatisfy(method ->
            assertThat(retry(method))
                .as(method.getFullMethodName())
                .isNotEqualTo(Retry.RETRY_UNSPECIFIED));
    assertThat(published())
        .isEqualTo(
            AllMethods.ofPublicListener()
                .filter(method -> retry(method) == Retry.RETRY_SAFE)
                .map(MethodDescriptor::getFullMethodName)
                .collect(Collectors.toSet()));
  }

  private static Retry retry(MethodDescriptor<?, ?> method) {
    return AllMethods.proto(method).getOptions().getExtension(Options.retry);
  }

  private static Set<String> published() throws IOException {
    try (var file =
        new InputStreamReader(
            Objects.requireNonNull(
                RetryConfigTest.class.getResourceAsStream("/berth-service-config.json")),
            StandardCharsets.UTF_8)) {
      JsonObject config = JsonParser.parseReader(file).getAsJsonObject();
      return StreamSupport.stream(config.getAsJsonArray("methodConfig").spliterator(), false)
          .flatMap(entry ->
              StreamSupport.stream(
                  entry.getAsJsonObject().getAsJsonArray("name").spliterator(), false))
          .map(name -> name.getAsJsonObject())
          .map(name -> name.get("service").getAsString() + "/" + name.get("method").getAsString())
          .collect(Collectors.toSet());
    }
  }
}
