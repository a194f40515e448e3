# Finds a JDK ≥ 25, whatever `java` is on the PATH.
# shellcheck shell=bash

# jdk_major DIR: the feature release of the JDK there, 0 where there is none. Reads a file, starts nothing.
jdk_major() {
  local line=
  if [ -x "$1/bin/javac" ] && [ -r "$1/release" ]; then line=$(grep -m1 '^JAVA_VERSION=' "$1/release" || true); fi
  line=${line#*\"} line=${line%%[.\"+-]*}
  printf '%s' "${line:-0}"
}

# find_jdk: sets and exports JAVA_HOME.
find_jdk() {
  local on_path='' dir
  if command -v javac >/dev/null; then on_path=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")"); fi
  for dir in "${JAVA_HOME:-}" /usr/lib/jvm/* "$on_path"; do
    if [ -n "$dir" ] && [ "$(jdk_major "$dir")" -ge 25 ]; then export JAVA_HOME=$dir && return; fi
  done
  echo "Berth needs a JDK 25 or newer: none in JAVA_HOME, /usr/lib/jvm or on the PATH. Install one and run this again." >&2
  exit 1
}
