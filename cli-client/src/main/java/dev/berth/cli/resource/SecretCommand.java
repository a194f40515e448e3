package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.DeleteSecretRequest;
import dev.berth.v1.ListSecretsRequest;
import dev.berth.v1.Secret;
import dev.berth.v1.SetSecretRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth secret …}. */
@Command(
    name = "secret",
    description = "Values that runs' processes get and nobody reads again.",
    mixinStandardHelpOptions = true,
    subcommands = {
      SecretCommand.Set.class,
      SecretCommand.ListAll.class,
      SecretCommand.Delete.class
    })
public final class SecretCommand {

  /** Whose secrets are meant. */
  static final class Owner {
    @Option(
        names = {"-s", "--session"},
        paramLabel = "SESSION",
        description = "Of this session. Default: of the project.")
    @Nullable String session;

    String id(Cli cli) {
      return session == null ? "" : cli.names().session(session);
    }
  }

  @Command(
      name = "set",
      description = {
        "Set a secret to what stands on standard input, without a line end at its end.",
        "Attempts at runs that start from now on get it."
      },
      mixinStandardHelpOptions = true)
  static final class Set implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "NAME", description = "As runs name it: --secret NAME.")
    String name = "";

    @Mixin Owner owner = new Owner();

    @Mixin RequestId requestId = new RequestId();

    Set(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() throws IOException {
      var request =
          SetSecretRequest.newBuilder()
              .setSessionId(owner.id(cli))
              .setName(name)
              .setValue(value(cli.in().readAllBytes()))
              .setRequestId(requestId.text)
              .build();
      Secret secret = cli.connection().secrets().setSecret(request).getSecret();
      cli.printer().show(secret, () -> table(cli, List.of(secret)));
      return ExitCode.OK.code();
    }

    private static String value(byte[] given) {
      try {
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(given)).toString();
        return text.replaceFirst("\\r?\\n\\z", "");
      } catch (CharacterCodingException e) {
        throw new CliException(
            ExitCode.USAGE,
            "The value is no text.",
            "Encode it: base64 FILE | berth secret set NAME");
      }
    }
  }

  @Command(
      name = "list",
      description = "List secrets, without their values.",
      mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Mixin Owner owner = new Owner();

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request =
          ListSecretsRequest.newBuilder().setSessionId(owner.id(cli)).setPageSize(1000).build();
      var answer = cli.connection().secrets().listSecrets(request);
      cli.printer().show(answer, () -> table(cli, answer.getSecretsList()));
      return ExitCode.OK.code();
    }
  }

  @Command(name = "delete", description = "Delete a secret.", mixinStandardHelpOptions = true)
  static final class Delete implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "NAME")
    String name = "";

    @Mixin Owner owner = new Owner();

    Delete(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request =
          DeleteSecretRequest.newBuilder().setSessionId(owner.id(cli)).setName(name).build();
      cli.printer().show(cli.connection().secrets().deleteSecret(request));
      return ExitCode.OK.code();
    }
  }

  private static void table(Cli cli, List<Secret> secrets) {
    var table = new Table("NAME", "VERSION", "SET", "KEY");
    for (Secret secret : secrets) {
      table.row(
          secret.getName(),
          secret.getVersion(),
          Words.age(secret.getUpdateTime(), cli.clock()),
          secret.getKeyId());
    }
    table.print(cli.printer().out());
  }
}
