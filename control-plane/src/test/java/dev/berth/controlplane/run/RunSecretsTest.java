package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.started;
import static dev.berth.controlplane.run.FakeExecutor.succeeded;
import static dev.berth.controlplane.testsupport.Statuses.refused;
import static dev.berth.sql.db.Tables.SECRET_VALUE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.GivenSecret;
import dev.berth.executor.v1.RunInventory;
import dev.berth.executor.v1.StartRun;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.DeleteSecretRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSecret;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SecretServiceGrpc;
import dev.berth.v1.SetSecretRequest;
import io.micronaut.context.ApplicationContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Attempts are given the secrets that their run names, and what they were given is masked. */
final class RunSecretsTest {
  @RegisterExtension
  static final BerthServer berth =
      BerthServer.create().withoutReconcilers().with("berth.secrets.key-file", keyFile());

  private RunFixture fixture;
  private ScriptedAgent agent;
  private FakeExecutor peer;
  private String session;

  private static String keyFile() {
    try {
      Path file = Files.createTempFile("gateway-key", ".txt");
      file.toFile().deleteOnExit();
      Files.writeString(file, Base64.getEncoder().encodeToString(new byte[32]));
      return file.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void setUp() {
    fixture = new RunFixture(berth);
    agent = ScriptedAgent.enrol(berth, "secrets").connect();
    peer = new FakeExecutor(agent.channel());
    session = fixture.readySession(agent.id()).toString();
  }

  @AfterEach
  void tearDown() throws Exception {
    peer.close();
    agent.close();
  }

  private static SecretServiceGrpc.SecretServiceBlockingStub secrets() {
    return SecretServiceGrpc.newBlockingStub(berth.channel());
  }

  private static void set(String session, String name, String value) {
    var answer =
        secrets()
            .setSecret(
                SetSecretRequest.newBuilder()
                    .setSessionId(session)
                    .setName(name)
                    .setValue(value)
                    .build());
    assertThat(answer.getSecret().getName()).isEqualTo(name);
  }

  private static void delete(String name) {
    var answer = secrets().deleteSecret(DeleteSecretRequest.newBuilder().setName(name).build());
    assertThat(answer.getSerializedSize()).isZero();
  }

  private Run create(String... names) {
    RunSpec.Builder spec = RunSpec.newBuilder().addCommand("true");
    for (String name : names) {
      RunSecret.Builder secret = RunSecret.newBuilder().setName(name);
      spec.addSecrets(
          name.startsWith("file")
              ? secret.setFile(variable(name))
              : secret.setEnvironment(variable(name)));
    }
    return fixture
        .stub()
        .createRun(CreateRunRequest.newBuilder().setSessionId(session).setSpec(spec).build())
        .getRun();
  }

  private static String variable(String name) {
    return name.toUpperCase(Locale.ROOT).replace("-", "_");
  }

  private StartRun dispatched(Run run) {
    fixture.dispatch();
    return agent
        .awaitOrder(message ->
            message.hasStartRun() && message.getStartRun().getRunId().equals(run.getId()))
        .getStartRun();
  }

  @Test
  void anAttempt_isGivenTheNewestValue_ofItsSessionBeforeItsProject_andSoAgain() {
    set("", "token", "of the project");
    set("", "file", "as a file");
    set(session, "token", "of the session");
    Run run = create("token", "file");
    set(session, "token", "of the session, newer");

    StartRun start = dispatched(run);
    assertThat(start.getSecretsFailure()).isEmpty();
    assertThat(start.getSecretsList())
        .extracting(GivenSecret::getValue)
        .containsExactly("of the session, newer", "as a file");
    assertThat(start.getSecrets(0).getEnvironment()).isEqualTo("TOKEN");
    assertThat(start.getSecrets(1).getFile()).isEqualTo("FILE");
    assertThat(start.getEnvironmentMap()).isEmpty();
    assertThat(fixture.get(run).getSpec().getSecretsList()).hasSize(2);

    set(session, "token", "too late for this attempt");
    agent.cut();
    StartRun again = agent.connect().awaitOrder(ConnectResponse::hasStartRun).getStartRun();
    assertThat(again.getSecretsList()).isEqualTo(start.getSecretsList());
  }

  @Test
  void aRunThatNamesNoSecretThereIs_isRefused_andOneWhoseSecretIsGone_isNotStarted() {
    refused(ErrorReason.RESOURCE_NOT_FOUND, () -> create("nobody-set-this"));
    set("", "short-lived", "some value");
    refused(ErrorReason.FIELD_INVALID, () -> create("short-lived", "short-lived"));
    Run run = create("short-lived");
    delete("short-lived");
    StartRun start = dispatched(run);
    assertThat(start.getSecretsFailure()).contains("short-lived");
    assertThat(start.getSecretsList()).isEmpty();
  }

  @Test
  void whatAProcessWasGiven_isKnownForItsMask_asLongAsItIsUnderWay_andThenGone() throws Exception {
    set("", "masked", "first value");
    Run run = create("masked");
    StartRun start = dispatched(run);
    assertThat(peer.publish(started(fixture.get(run))).getLastSeq()).isEqualTo(2);
    set("", "masked", "second value");
    delete("masked");
    keep();

    agent.cut();
    var inventory =
        RunInventory.newBuilder().setRunId(run.getId()).setAttemptId(start.getAttemptId()).build();
    agent.connect(agent.hello(agent.id().toString()).toBuilder().addRuns(inventory).build());
    assertThat(agent.welcome().getRuns(0).getMaskedList()).containsExactly("first value");

    peer = new FakeExecutor(agent.channel());
    assertThat(peer.publish(succeeded(fixture.get(run), 1))).isNotNull();
    keep();
    assertThat(berth.sql().fetchCount(SECRET_VALUE, SECRET_VALUE.SUPERSEDED.isTrue())).isZero();
  }

  private static void keep() {
    List.copyOf(berth.bean(ApplicationContext.class).getBeansOfType(Reconciler.class)).stream()
        .filter(one -> one.name().equals("secrets"))
        .forEach(Reconciler::runOnce);
  }
}
