package dev.berth.controlplane.secret;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.DeleteSecretRequest;
import dev.berth.v1.ListSecretsRequest;
import dev.berth.v1.RunSecret;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.Secret;
import dev.berth.v1.SecretServiceGrpc;
import dev.berth.v1.SetSecretRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Secrets go in and do not come out, and open with their own key at their own place alone. */
final class SecretServiceTest {
  private static final String VALUE = "the-value-nobody-sees";

  @RegisterExtension static final BerthServer berth = withKeys("first").withoutReconcilers();

  private static BerthServer withKeys(String... keys) {
    return BerthServer.create().with("berth.secrets.key-file", keyFile(keys));
  }

  private static String keyFile(String... keys) {
    try {
      Path file = Files.createTempFile("gateway-keys", ".txt");
      file.toFile().deleteOnExit();
      Files.writeString(file, "# keys\n\n");
      for (String key : keys) {
        byte[] bytes = (key + "-".repeat(32)).substring(0, 32).getBytes(StandardCharsets.UTF_8);
        Files.writeString(
            file,
            Base64.getEncoder().encodeToString(bytes) + "\n",
            java.nio.file.StandardOpenOption.APPEND);
      }
      return file.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SecretServiceGrpc.SecretServiceBlockingStub stub(BerthServer server) {
    return SecretServiceGrpc.newBlockingStub(server.channel());
  }

  private static Secret set(String name, String value) {
    return stub(berth)
        .setSecret(SetSecretRequest.newBuilder().setName(name).setValue(value).build())
        .getSecret();
  }

  private static List<String> names(ListSecretsRequest request) {
    return stub(berth).listSecrets(request).getSecretsList().stream().map(Secret::getName).toList();
  }

  private static SealedValue newest(String name) {
    SessionId none = new SessionId(new UUID(0, 0));
    return berth
        .transactions()
        .call(() -> berth.bean(SecretRepository.class).newest(berth.project(), none, name))
        .orElseThrow();
  }

  private static String open(String name) {
    return berth.bean(SecretKeys.class).open(newest(name));
  }

  @Test
  void eachValue_isAnotherVersion_andStandsNowhereInTheDatabase() {
    assertThat(set("token", VALUE).getVersion()).isEqualTo(1);
    Secret second = set("token", VALUE + "-2");
    assertThat(second.getVersion()).isEqualTo(2);
    assertThat(second.getKeyId()).hasSize(16);
    assertThat(open("token")).isEqualTo(VALUE + "-2");

    assertThat(everythingStored()).contains("token").doesNotContain(VALUE);
    assertThat(everythingStored())
        .doesNotContain(java.util.HexFormat.of().formatHex(VALUE.getBytes(StandardCharsets.UTF_8)));
  }

  private static String everythingStored() {
    return berth
        .sql()
        .fetchSingle(
            "select string_agg(t, ' ') from (select"
                + " query_to_xml(format('select * from %I', tablename), true, true, '')::text as t"
                + " from pg_tables where schemaname = 'public') x")
        .get(0, String.class);
  }

  @Test
  void theSameRequest_isDoneOnce_andAnotherValueUnderItsIdIsRefused() {
    SetSecretRequest request =
        SetSecretRequest.newBuilder().setName("once").setValue(VALUE).setRequestId("r-1").build();
    Secret first = stub(berth).setSecret(request).getSecret();
    assertThat(stub(berth).setSecret(request).getSecret()).isEqualTo(first);
    refused(
        ErrorReason.REQUEST_ID_REUSED,
        () -> stub(berth).setSecret(request.toBuilder().setValue(VALUE + "x").build()));
  }

  @Test
  void aSessionsSecrets_areItsOwn_andADeletedOneIsGone() {
    World world = new World(berth);
    String session =
        world.place(berth.project(), world.executor(berth.project()).id()).session().toString();
    var ofSession =
        SetSecretRequest.newBuilder().setSessionId(session).setName("mine").setValue(VALUE).build();
    assertThat(stub(berth).setSecret(ofSession).getSecret().getSessionId()).isEqualTo(session);
    ListSecretsRequest listed = ListSecretsRequest.newBuilder().setSessionId(session).build();
    assertThat(names(listed)).containsExactly("mine");
    assertThat(names(ListSecretsRequest.getDefaultInstance())).doesNotContain("mine");

    var gone = DeleteSecretRequest.newBuilder().setSessionId(session).setName("mine").build();
    var deleted = stub(berth).deleteSecret(gone);
    assertThat(deleted.getSerializedSize()).isZero();
    assertThat(names(listed)).isEmpty();
    refused(ErrorReason.RESOURCE_NOT_FOUND, () -> stub(berth).deleteSecret(gone));
    berth.bean(SecretKeeper.class).runOnce();
    assertThat(everythingStored()).doesNotContain(">mine</name>");
    assertThat(stub(berth).setSecret(ofSession).getSecret().getVersion()).isEqualTo(1);
  }

  @Test
  void aRow_thatWasChangedOrPutElsewhere_isDamaged_andNotMisread() {
    set("left", VALUE + "-left");
    set("right", VALUE + "-right");
    berth
        .sql()
        .execute(
            """
            update secret_value v set nonce = o.nonce, ciphertext = o.ciphertext
            from secret_value o join secret s on s.id = o.secret_id and s.name = 'left', secret t
            where t.name = 'right' and v.secret_id = t.id\
            """);
    assertRefused(ErrorReason.SECRET_DAMAGED, () -> open("right"));
    assertThat(open("left")).isEqualTo(VALUE + "-left");
  }

  @Test
  void anotherKey_isToldApartFromDamage_andAListOfKeysMovesValuesToItsFirst() {
    SecretKeys first = new SecretKeys(new SecretsConfig(keyFile("first")));
    SecretKeys second = new SecretKeys(new SecretsConfig(keyFile("second")));
    SecretKeys both = new SecretKeys(new SecretsConfig(keyFile("second", "first")));
    set("rotated", VALUE);
    SealedValue sealed = newest("rotated");
    assertThat(first.open(sealed)).isEqualTo(VALUE);
    assertRefused(ErrorReason.SECRET_KEY_UNKNOWN, () -> second.open(sealed));

    new SecretKeeper(berth.transactions(), berth.bean(SecretRepository.class), both).runOnce();
    SealedValue moved = newest("rotated");
    assertThat(moved.keyId()).isEqualTo(second.current()).isNotEqualTo(sealed.keyId());
    assertThat(second.open(moved)).isEqualTo(VALUE);
    SecretKeys back = new SecretKeys(new SecretsConfig(keyFile("first", "second")));
    new SecretKeeper(berth.transactions(), berth.bean(SecretRepository.class), back).runOnce();
    assertThat(open("rotated")).isEqualTo(VALUE);
  }

  @Test
  void withoutAKey_nothingIsTaken_andNoRunIsMadeThatNamesASecret() {
    try (BerthServer keyless = BerthServer.create().withoutReconcilers().start()) {
      refused(
          ErrorReason.SECRET_KEY_MISSING,
          () ->
              stub(keyless)
                  .setSecret(SetSecretRequest.newBuilder().setName("a").setValue(VALUE).build()));
      refused(
          ErrorReason.SECRET_KEY_MISSING,
          () ->
              RunServiceGrpc.newBlockingStub(keyless.channel())
                  .createRun(
                      CreateRunRequest.newBuilder()
                          .setSessionSpec(dev.berth.v1.SessionSpec.getDefaultInstance())
                          .setSpec(
                              RunSpec.newBuilder()
                                  .addCommand("true")
                                  .addSecrets(
                                      RunSecret.newBuilder().setName("a").setEnvironment("A")))
                          .build()));
      assertThat(
              stub(keyless).listSecrets(ListSecretsRequest.getDefaultInstance()).getSecretsList())
          .isEmpty();
    }
  }

  private static void assertRefused(ErrorReason reason, ThrowingCallable open) {
    assertThat(Assertions.catchThrowableOfType(BerthException.class, open).reason())
        .isEqualTo(reason);
  }
}
