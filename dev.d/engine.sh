# Makes sure that a Docker engine answers.
# shellcheck shell=bash

engine_answers() { docker version >/dev/null 2>&1; }

# check_engine: ends with one sentence where no engine answers and this script cannot install one.
check_engine() {
  if engine_answers; then return; fi
  if [ "$(id -u)" != 0 ]; then
    if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
      fail "The Docker engine does not let $(id -un) in: run \`sudo adduser $(id -un) docker\`, log in again, and run this again."
    fi
    fail "No Docker engine answers: install and start one (on Debian: \`sudo apt-get install docker.io\`), and run this again."
  fi
  command -v dockerd >/dev/null || command -v apt-get >/dev/null ||
    fail "No Docker engine answers and this is not Debian: install Docker, start it, and run this again."
}

ensure_engine() {
  if engine_answers; then return; fi
  install_engine
  start_engine
}

install_engine() {
  if command -v dockerd >/dev/null && command -v docker >/dev/null; then return; fi
  say "No Docker engine here: installing docker.io from the distribution's packages"
  apt_install docker.io iptables ca-certificates
  # newer releases keep the command line client in a package of its own
  command -v docker >/dev/null || apt_install docker-cli
}

# Steps run side by side, and apt-get does not wait for another one.
apt_alone() { flock "$BERTH_HOME/logs/apt.lock" apt-get -q "$@"; }

apt_update() {
  local log=$BERTH_HOME/logs/apt.log
  if [ -z "${apt_updated:-}" ]; then apt_alone update >"$log" 2>&1 || cat "$log"; apt_updated=yes; fi
}

apt_install() {
  apt_update
  DEBIAN_FRONTEND=noninteractive apt_alone install -y --no-install-recommends "$@"
}

start_engine() {
  say "Starting the Docker engine"
  if [ -d /run/systemd/system ]; then systemctl start docker; else start_engine_by_hand; fi
  local tries
  for ((tries = 0; tries < 120; tries++)); do
    if engine_answers; then return; fi
    sleep 0.5
  done
  tail -n 15 "$BERTH_HOME/logs/dockerd.log" 2>/dev/null || true
  fail "The Docker engine was started and does not answer."
}

# Without systemd: in a container or a small virtual machine. The engine outlives this script.
start_engine_by_hand() {
  mount_cgroups
  setsid nohup dockerd >"$BERTH_HOME/logs/dockerd.log" 2>&1 </dev/null &
}

mount_cgroups() {
  if grep -qE ' cgroup2? ' /proc/mounts; then return; fi
  command -v cgroupfs-mount >/dev/null || apt_install cgroupfs-mount
  cgroupfs-mount
}
