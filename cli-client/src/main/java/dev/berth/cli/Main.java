package dev.berth.cli;

import dev.berth.cli.artifact.ArtifactCommand;
import dev.berth.cli.exec.ExecCommand;
import dev.berth.cli.queue.QueueCommand;
import dev.berth.cli.resource.EventCommand;
import dev.berth.cli.resource.ExecutorCommand;
import dev.berth.cli.resource.PoolCommand;
import dev.berth.cli.resource.ProjectCommand;
import dev.berth.cli.resource.SecretCommand;
import dev.berth.cli.resource.SeedCommand;
import dev.berth.cli.resource.ServerCommand;
import dev.berth.cli.resource.WorkerCommand;
import dev.berth.cli.run.RunCommand;
import dev.berth.cli.run.WhyCommand;
import dev.berth.cli.session.SessionCommand;
import dev.berth.cli.snapshot.SnapshotCommand;
import dev.berth.cli.workspace.CopyCommand;
import dev.berth.cli.workspace.WorkspaceCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code berth}. */
@Command(
    name = "berth",
    mixinStandardHelpOptions = true,
    version = "berth 0.1.0",
    description = "Run untrusted agents in sandboxes that keep their files and every event.",
    footer = {
      "",
      "Exit codes: 0 done, 1 failure, 2 usage, 3 not found, 4 access, 5 conflict, 6 unavailable, 7"
          + " exhausted,",
      "8 data loss. berth run and berth exec answer with the program's own code, and 125 where"
          + " Berth failed."
    })
public final class Main implements Runnable {
  private static final List<Class<?>> COMMANDS =
      List.of(
          SessionCommand.class,
          RunCommand.class,
          WhyCommand.class,
          ExecCommand.class,
          WorkspaceCommand.class,
          CopyCommand.class,
          SnapshotCommand.class,
          ArtifactCommand.class,
          PoolCommand.class,
          SecretCommand.class,
          SeedCommand.class,
          QueueCommand.class,
          ExecutorCommand.class,
          WorkerCommand.class,
          EventCommand.class,
          ProjectCommand.class,
          ServerCommand.class);

  @Mixin final Globals globals;

  @Spec CommandSpec spec = CommandSpec.create();

  Main(Cli cli) {
    this.globals = cli.globals();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say what to do.");
  }

  public static void main(String[] arguments) {
    var out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    var err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    boolean terminal = System.console() != null && System.console().isTerminal();
    int code;
    try (var cli = new Cli(System.getenv(), System.in, out, err, terminal)) {
      code = commandLine(cli, err, arguments).execute(arguments);
    }
    out.flush();
    Runtime.getRuntime().halt(code);
  }

  /**
   * Where the first argument names a command, with that one alone: to read the annotations of all
   * takes half the time of a short command.
   */
  static CommandLine commandLine(Cli cli, PrintStream err, String... arguments) {
    var factory = new Factory(cli);
    var berth = new CommandLine(new Main(cli), factory);
    var named =
        COMMANDS.stream().filter(command -> arguments.length > 0 && isNamed(command, arguments[0]));
    var needed = named.findFirst().map(List::<Class<?>>of).orElse(COMMANDS);
    needed.forEach(command -> berth.addSubcommand(new CommandLine(command, factory)));
    return berth
        .setExecutionExceptionHandler(new Failures(err))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setCaseInsensitiveEnumValuesAllowed(true)
        // a queue may well be named batch
        .setAllowSubcommandsAsOptionParameters(true)
        .setUsageHelpLongOptionsMaxWidth(32)
        .setUsageHelpWidth(110);
  }

  private static boolean isNamed(Class<?> command, String name) {
    return command.getAnnotation(Command.class).name().equals(name);
  }

  /** Makes commands with the {@link Cli} they work with, and everything else as picocli does. */
  private record Factory(Cli cli) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        var constructor = type.getDeclaredConstructor(Cli.class);
        constructor.setAccessible(true);
        return constructor.newInstance(cli);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      } catch (InvocationTargetException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }
}
