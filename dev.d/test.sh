# Tests, soak and benchmarks.
# shellcheck shell=bash

# run_test ARGUMENTS…: everything, against the real engine. Ends with Surefire's summary line of each module.
run_test() {
  local log=$BERTH_HOME/logs/test.log status=0
  begin_runtime
  begin "npm, for buf" npm_there install_npm
  finish
  begin "An image with BusyBox alone" busybox_image_ready make_busybox_image
  finish
  # for x86-64 alone: elsewhere its tests are skipped
  if [ "$(uname -m)" = x86_64 ]; then begin_agents; finish; fi
  # Two modules at a time: the tests of each wait often. The stacks of `testing` come last, two at a time as well.
  ./mvnw verify -T 2 --fail-at-end "$@" 2>&1 | tee "$log" || status=${PIPESTATUS[0]}
  if [ "$status" != 0 ]; then grep -E '^\[ERROR\]' "$log" | grep -vE 'Help 1|^\[ERROR\] *$' | head -n 60; fi
  printf '\n'
  sed -E 's/\x1b\[[0-9;]*m//g' "$log" | grep -E 'Tests run: [0-9]+, Failures: [0-9]+, Errors: [0-9]+, Skipped: [0-9]+ *$'
  return "$status"
}

npm_there() { command -v npm; }

install_npm() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "npm is missing: install it (on Debian: \`sudo apt-get install npm\`), and run this again."
  apt_install npm
}

busybox_image_ready() { engine_answers && docker image inspect berth/busybox:latest; }

# One statically linked program, and links to it: no C library, no bash, no users.
make_busybox_image() {
  command -v apt-get >/dev/null || fail "There is no apt-get to fetch busybox-static with: \`docker load\` an image of BusyBox, tag it berth/busybox:latest, and run this again."
  local scratch=$BERTH_HOME/cache/busybox applet
  rm -rf "$scratch"
  mkdir -p "$scratch"/root/{bin,dev,etc,proc,run,sys,tmp,workspace}
  apt_update
  (cd "$scratch" && apt_alone download busybox-static && dpkg -x busybox-static_*.deb package)
  cp "$scratch/package/bin/busybox" "$scratch/root/bin/"
  for applet in $("$scratch/root/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$scratch/root/bin/$applet"
  done
  tar -C "$scratch/root" -c . | docker import - berth/busybox:latest
  rm -rf "$scratch"
}

restic_there() { command -v restic; }

install_restic() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "restic is missing: install it (on Debian: \`sudo apt-get install restic\`), and run this again."
  apt_install restic
}

# A change of the tests needs a build, like one of the applications: these programs are for those who work on Berth.
build_all() { ./mvnw -q package -DskipTests -Dspotless.check.skip=true; }
never() { false; }

# soak faults: an agent's copies under a hundred kills, and with a million files in the heap an agent has.
# Otherwise: random work on a whole stack.
run_soak() {
  if [ "${1:-}" = faults ]; then
    local test=(./mvnw -q test -pl executor-agent -am -Dsurefire.failIfNoSpecifiedTests=false)
    "${test[@]}" -Dtest='KilledAgentTest,HostileTreeTest' -Dberth.kills=100 -Dberth.seed="${2:-$RANDOM}"
    "${test[@]}" -Dtest='HostileTreeTest#manyFiles*' -Dberth.files=1000000 -Dsurefire.jvm="-Xmx256m -XX:+UseSerialGC"
    return
  fi
  begin_runtime
  begin "Build of everything" never build_all
  finish
  run_java testing 1g dev.berth.testing.soak.Soak "$@"
}

run_bench() {
  [ $# -gt 0 ] || fail "usage: ./dev bench NAME [ARGUMENTS]"
  begin_runtime
  if [ "$1" = workspace ]; then
    begin "restic, to compare with" restic_there install_restic
    begin "npm, for a tree like real ones" npm_there install_npm
  fi
  begin "Build of everything" never build_all
  finish
  run_java benchmarks 1g dev.berth.benchmarks.Main "$@"
}
