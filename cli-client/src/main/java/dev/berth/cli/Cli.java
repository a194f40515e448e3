package dev.berth.cli;

import dev.berth.cli.connection.Connection;
import dev.berth.cli.connection.Endpoint;
import dev.berth.cli.connection.Names;
import dev.berth.cli.output.Printer;
import dev.berth.cli.output.Progress;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a command works with. Connects when first asked to. One command uses it, on one thread. */
public final class Cli implements AutoCloseable {
  private final Globals globals = new Globals();
  private final Map<String, String> environment;
  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private @Nullable Connection connection;

  /**
   * @param terminal whether a person sees the output, so that progress may be drawn
   */
  public Cli(
      Map<String, String> environment,
      InputStream in,
      PrintStream out,
      PrintStream err,
      boolean terminal) {
    this.environment = environment;
    this.in = in;
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  Globals globals() {
    return globals;
  }

  public Connection connection() {
    Connection open = connection;
    if (open == null) {
      open = new Connection(Endpoint.find(globals.server, globals.ca, environment));
      connection = open;
    }
    return open;
  }

  public Names names() {
    return new Names(connection());
  }

  public Printer printer() {
    return new Printer(globals.format, out, err);
  }

  public Progress progress(String label, long total) {
    return new Progress(err, terminal, label, total);
  }

  /** Whether a person looks at the output. */
  public boolean terminal() {
    return terminal;
  }

  public @Nullable String environment(String name) {
    return environment.get(name);
  }

  public InputStream in() {
    return in;
  }

  public Clock clock() {
    return Clock.systemUTC();
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
    }
    out.flush();
  }
}
