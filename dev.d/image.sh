# The worker image: a small Debian with git. Tagged with the hash of what makes it, kept as a file for a new engine.
# shellcheck shell=bash

worker_suite=bookworm

worker_tag() { printf 'berth/worker:%s' "$(cat deploy/worker/Dockerfile deploy/worker/rootfs.sh | sha256sum | cut -c 1-12)"; }
worker_cache() { printf '%s/cache/%s.tar' "$BERTH_HOME" "$(worker_tag | tr '/:' '--')"; }

runtime_ready() {
  engine_answers && docker image inspect "$(worker_tag)" >/dev/null && [ "$(image_id "$(worker_tag)")" = "$(image_id berth/worker:latest)" ]
}

begin_runtime() {
  check_engine
  begin "Docker engine and worker image" runtime_ready make_runtime_ready
}

image_id() { docker image inspect --format '{{.Id}}' "$1"; }

make_runtime_ready() {
  ensure_engine
  local tag cache
  tag=$(worker_tag) cache=$(worker_cache)
  if ! docker image inspect "$tag" >/dev/null 2>&1; then
    if [ -e "$cache" ]; then
      docker load -i "$cache"
    else
      build_worker_image "$tag"
      save_image "$tag" "$cache"
    fi
  fi
  docker tag "$tag" berth/worker:latest
}

save_image() {
  docker save -o "$2.part" "$1"
  mv "$2.part" "$2"
}

build_worker_image() {
  local base=debian:$worker_suite-slim
  if ! pull_base "$base"; then
    base=berth/base:$worker_suite
    docker image inspect "$base" >/dev/null 2>&1 || make_base "$base"
  fi
  docker build -t "$1" --build-arg BASE="$base" deploy/worker
}

pull_base() {
  say "Looking for $1"
  docker image inspect "$1" >/dev/null 2>&1 && return
  timeout 5 bash -c '</dev/tcp/registry-1.docker.io/443' 2>/dev/null && timeout 90 docker pull "$1"
}

make_base() {
  [ "$(id -u)" = 0 ] || fail "No image registry can be reached, and making a Debian base takes root: \`docker load\` a debian:$worker_suite-slim and run this again."
  command -v debootstrap >/dev/null || apt_install debootstrap
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || apt_install debian-archive-keyring
  say "No image registry here: making a Debian $worker_suite with debootstrap"
  bash deploy/worker/rootfs.sh "$worker_suite" "$BERTH_HOME/cache/rootfs" | docker import - "$1"
}
