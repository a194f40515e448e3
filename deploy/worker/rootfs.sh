#!/usr/bin/env bash
# Makes a small Debian root file system with debootstrap and writes it as a tar to standard output. Needs root.
# usage: rootfs.sh SUITE SCRATCH-DIRECTORY
set -euo pipefail
suite=$1 dir=$2

rm -rf "$dir"
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT
debootstrap --variant=minbase --include=git,ca-certificates "$suite" "$dir" http://deb.debian.org/debian >&2
rm -rf "$dir"/var/lib/apt/lists/* "$dir"/var/cache/apt/* "$dir"/var/log/* "$dir"/usr/share/{doc,man,info,locale}/* "$dir"/debootstrap
tar -C "$dir" --numeric-owner --one-file-system -c .
