package dev.berth.cli.run;

import dev.berth.v1.RunSecret;
import dev.berth.v1.RunSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which secrets a run's process gets, and how. */
final class SecretOptions {
  @Option(
      names = "--secret",
      paramLabel = "[VARIABLE=]NAME",
      description = {
        "Give it this secret in a variable of its environment. Default: that of its name.",
        "What it prints of it is masked. Repeatable."
      })
  List<String> environment = new ArrayList<>();

  @Option(
      names = "--secret-file",
      paramLabel = "VARIABLE=NAME",
      description = "Give it this secret in a file, whose path the variable holds. Repeatable.")
  Map<String, String> files = new LinkedHashMap<>();

  void fill(RunSpec.Builder spec) {
    for (String option : environment) {
      int equals = option.indexOf('=');
      spec.addSecrets(
          RunSecret.newBuilder()
              .setName(option.substring(equals + 1))
              .setEnvironment(equals < 0 ? option : option.substring(0, equals)));
    }
    files.forEach((variable, name) ->
        spec.addSecrets(RunSecret.newBuilder().setName(name).setFile(variable)));
  }
}
