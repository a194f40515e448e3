#!/usr/bin/env bash
# Lints the protos, holds them against the last release, or records a release. Needs npm the first time.
# usage: buf.sh lint|breaking|release       (after `mvnw generate-sources -pl proto`, which unpacks buf/validate)
set -euo pipefail
cd "$(dirname "$0")"
version=1.75.0
released=released.binpb
tool=${BERTH_HOME:-$HOME/.berth}/tools/buf-$version
buf=$tool/node_modules/.bin/buf

install_buf() {
  if [ -x "$buf" ]; then return; fi
  command -v npm >/dev/null || { echo "buf comes from npm: install npm (Debian: apt-get install npm)" >&2; exit 3; }
  mkdir -p "$tool"
  npm install --silent --no-audit --no-fund --prefix "$tool" "@bufbuild/buf@$version" >&2
}

case ${1:-} in
  lint) install_buf; "$buf" lint . --path berth ;;
  breaking) install_buf; "$buf" breaking . --path berth --against "$released" ;;
  release) install_buf; "$buf" build . --path berth --exclude-source-info -o "$released" ;;
  *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
