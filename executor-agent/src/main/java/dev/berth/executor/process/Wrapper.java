package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.journal.Journal;
import java.util.ArrayList;
import java.util.List;

/**
 * The few lines of shell that tie a program to its journal. They need nothing of the image but
 * {@code /bin/sh}. They run as the provider, so they can be killed by it, and nothing they write is
 * proof of anything.
 */
public final class Wrapper {

  /** Where a worker's journals stand inside its container. */
  public static final String MOUNT = "/run/berth";

  /** What the wrapper notes in {@code exit} before the program could be run. */
  static final String NO_DIRECTORY = "no-directory";

  static final String NO_PROGRAM = "no-program";
  static final String NOT_EXECUTABLE = "not-executable";
  static final String NO_CAT = "no-cat";
  static final String NO_SECRETS = "no-secrets";

  /** Where the file of a secret stands, before the secret's name: in memory. */
  static final String SECRET_FILE = SandboxUsers.HOME + "/.secret-";

  /** Names of the secrets to make files of, and before a number: their values. */
  static final String SECRET_FILES = "BERTH_SECRET_FILES";

  static final String SECRET = "BERTH_SECRET_";

  private static final String PREFIX = "berth-";

  /**
   * {@code $0} names the attempt, {@code $1} the working directory, the rest is the program. The
   * input is opened first, and once: where it was taken away, nothing is run ({@link
   * Journal#takeInput}). The traps let a TERM to everything end the program and not the wrapper,
   * which then notes how it ended; they are not inherited. The program is run by {@code exec} in a
   * subshell, so that a shell's built-in of the same name is not. The wrapper's own stderr goes
   * nowhere, for a shell says there how its child was killed, which nobody wrote.
   *
   * <p>Where there is a bell, the input may grow: a feeder copies what is there into a pipe to the
   * program, and again at each ring, until {@code end} was there before it looked. It says its
   * process id first, so that it can be ended with the program, and lives until then, so that the
   * id stays its own. It is nobody's child: what is left of it is swept out with the rest. A bell
   * that a sandbox's kernel does not let it hear is made up for by looking each second.
   *
   * <p>Secrets that are to be files are written by the shell itself, so no argument list shows
   * them; those that an attempt before left behind, for it was killed, are emptied first.
   */
  private static final String SCRIPT =
      """
      j=%s/${0#%s}
      exec <"$j/in" >>"$j/out" 3>>"$j/err" 2>/dev/null || exit 125
      run() {
        trap : HUP INT QUIT TERM USR1 USR2
        (exec 2>&3 3>&-; exec "$@")
        r=$?
        empty
        if [ $r = 127 ] && ! command -v -- "$1" >/dev/null 2>&1; then echo %s >>"$j/exit"
        elif [ $r = 126 ] && [ ! -x "$(command -v -- "$1")" ]; then echo %s >>"$j/exit"
        fi
        echo "exit $r" >>"$j/exit"
      }
      feed() {
        trap '' HUP INT QUIT TERM USR1 USR2
        PATH=$PATH:/bin:/usr/bin
        exec 3>&-
        if (: <>"$j/bell"); then exec 4<>"$j/bell"; else exec 4</dev/null; fi
        read -r p rest </proc/self/stat
        echo "$p"
        while :; do
          [ -e "$j/end" ]; e=$?
          cat
          [ $e != 0 ] || exec >&- </dev/null
          read -r ring <&4 || sleep 1
        done
      }
      empty() { for f in %s*; do [ ! -f "$f" ] || : >"$f"; done; }
      trap : HUP INT QUIT TERM USR1 USR2
      empty
      i=0
      for n in $BERTH_SECRET_FILES; do
        if ! (umask 077; eval 'printf %%s "$BERTH_SECRET_'$i'"' >%s"$n"); then
          echo %s >>"$j/exit"; exit 125
        fi
        unset "BERTH_SECRET_$i"
        i=$((i + 1))
      done
      unset BERTH_SECRET_FILES
      if ! cd "$1"; then echo %s >>"$j/exit"; exit 125; fi
      shift
      if [ -p "$j/bell" ]; then
        if ! (PATH=$PATH:/bin:/usr/bin; command -v cat >/dev/null); then
          echo %s >>"$j/exit"; exit 125
        fi
        exec 4<&0
        { feed <&4 & } | { exec 4<&-; read -r p; run "$@"; kill -9 "$p"; exit $r; }
        exit $?
      fi
      run "$@"
      exit $r
      """
          .formatted(
              MOUNT,
              PREFIX,
              NO_PROGRAM,
              NOT_EXECUTABLE,
              SECRET_FILE,
              SECRET_FILE,
              NO_SECRETS,
              NO_DIRECTORY,
              NO_CAT);

  private Wrapper() {}

  static List<String> argv(StartRequest request) {
    var argv = new ArrayList<String>();
    argv.add("/bin/sh");
    argv.add("-c");
    argv.add(SCRIPT);
    argv.add(name(request.attempt()));
    argv.add(request.workingDirectory());
    argv.addAll(request.argv());
    return argv;
  }

  /** The argument by which an attempt's wrapper is found among the host's processes. */
  static String name(AttemptId attempt) {
    return PREFIX + attempt;
  }
}
