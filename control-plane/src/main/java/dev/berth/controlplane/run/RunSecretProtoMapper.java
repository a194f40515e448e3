package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.executor.v1.GivenSecret;
import dev.berth.executor.v1.StartRun;
import dev.berth.v1.RunSecret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Secrets that runs name, between the API, the domain and the executors. */
final class RunSecretProtoMapper {
  private RunSecretProtoMapper() {}

  /** Each variable of the environment is said once. */
  static List<SecretUse> uses(dev.berth.v1.RunSpec spec) {
    List<SecretUse> uses = new ArrayList<>();
    Set<String> variables = new HashSet<>(spec.getEnvironmentMap().keySet());
    for (RunSecret secret : spec.getSecretsList()) {
      String field = "spec.secrets[" + uses.size() + "]";
      Fields.requireNoNul(field + ".name", secret.getName());
      boolean file = secret.hasFile();
      String variable = file ? secret.getFile() : secret.getEnvironment();
      if (!variables.add(variable)) {
        throw CommonErrors.fieldInvalid(
            field + (file ? ".file" : ".environment"), "is a variable that is there already");
      }
      uses.add(new SecretUse(secret.getName(), variable, file));
    }
    return uses;
  }

  static List<RunSecret> messages(List<SecretUse> uses) {
    return uses.stream()
        .map(use -> {
          RunSecret.Builder secret = RunSecret.newBuilder().setName(use.name());
          return use.file()
              ? secret.setFile(use.variable()).build()
              : secret.setEnvironment(use.variable()).build();
        })
        .toList();
  }

  /** Adds to an attempt's start what it is given. */
  static void give(RunSecrets.Given given, StartRun.Builder start) {
    start.setSecretsFailure(given.failure());
    for (RunSecrets.Value value : given.values()) {
      GivenSecret.Builder secret =
          GivenSecret.newBuilder().setName(value.use().name()).setValue(value.text());
      start.addSecrets(
          value.use().file()
              ? secret.setFile(value.use().variable())
              : secret.setEnvironment(value.use().variable()));
    }
  }
}
