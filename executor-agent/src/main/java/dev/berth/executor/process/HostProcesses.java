package dev.berth.executor.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Processes of this host, as {@code /proc} shows them. Empty answers mean "not to be seen from
 * here", for example because the engine runs in another virtual machine.
 */
public final class HostProcesses {

  private final Path proc;

  public HostProcesses(Path proc) {
    this.proc = proc;
  }

  /** A process that cannot be mistaken for a later one of the same number. */
  public record Identity(long pid, long startTicks) {}

  /** The process of that number as it is now; empty for none, and for one that has ended. */
  public Optional<Identity> identify(long pid) {
    return startTicks(pid).map(ticks -> new Identity(pid, ticks));
  }

  /** Whether the process was started with that in its environment: {@code NAME=value}. */
  boolean hasEnvironment(long pid, String entry) {
    try {
      var all = Files.readString(directory(pid).resolve("environ"), StandardCharsets.ISO_8859_1);
      return Arrays.asList(all.split("\0")).contains(entry);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The process's group, and the one in the foreground of its terminal where it has one. Negative,
   * as signals are sent to groups.
   */
  public Set<Long> groups(Identity process) {
    var found = new TreeSet<Long>();
    stat(process.pid())
        .filter(fields -> Long.parseLong(fields[19]) == process.startTicks())
        .ifPresent(fields -> {
          found.add(-Long.parseLong(fields[2]));
          if (Long.parseLong(fields[5]) > 0) {
            found.add(-Long.parseLong(fields[5]));
          }
        });
    return found;
  }

  /** The process of that number if its argument list has {@code argument} in it. */
  Optional<Identity> identify(long pid, String argument) {
    try {
      var arguments =
          Files.readString(directory(pid).resolve("cmdline"), StandardCharsets.ISO_8859_1)
              .split("\0");
      return Arrays.asList(arguments).contains(argument)
          ? startTicks(pid).map(ticks -> new Identity(pid, ticks))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  Optional<Identity> find(Collection<Long> pids, String argument) {
    // Subshells of the wrapper carry its arguments too; the oldest is the wrapper.
    return pids.stream()
        .map(pid -> identify(pid, argument))
        .flatMap(Optional::stream)
        .min(Comparator.comparingLong(Identity::startTicks).thenComparingLong(Identity::pid));
  }

  public boolean alive(Identity process) {
    return startTicks(process.pid()).filter(ticks -> ticks == process.startTicks()).isPresent();
  }

  private Optional<Long> startTicks(long pid) {
    return stat(pid).map(fields -> Long.parseLong(fields[19]));
  }

  /** From the state on; empty for none, and for one that has ended. */
  private Optional<String[]> stat(long pid) {
    try {
      var stat = Files.readString(directory(pid).resolve("stat"), StandardCharsets.ISO_8859_1);
      // The second field is a name in parentheses, chosen by the process: fields are counted from
      // its end.
      var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return fields.length < 20 || fields[0].equals("Z") || fields[0].equals("X")
          ? Optional.empty()
          : Optional.of(fields);
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private Path directory(long pid) {
    return proc.resolve(Long.toString(pid));
  }
}
