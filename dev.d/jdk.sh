# Finds a JDK ≥ 25, whatever `java` is on the PATH.
# shellcheck shell=bash

# is_jdk DIR: whether a JDK ≥ 25 is there. Reads a file, starts nothing: the command line client asks at every start.
is_jdk() {
  local line major=0
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS= read -r line; do
    if [[ $line == JAVA_VERSION=\"* ]]; then line=${line#*\"} major=${line%%[.\"+-]*}; fi
  done <"$1/release"
  [ "$major" -ge 25 ]
}

# find_jdk: sets and exports JAVA_HOME.
find_jdk() {
  local dir
  for dir in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [ -n "$dir" ] && is_jdk "$dir"; then export JAVA_HOME=$dir && return; fi
  done
  if command -v javac >/dev/null; then
    dir=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
    if is_jdk "$dir"; then export JAVA_HOME=$dir && return; fi
  fi
  echo "Berth needs a JDK 25 or newer: none in JAVA_HOME, /usr/lib/jvm or on the PATH. Install one and run this again." >&2
  exit 1
}
