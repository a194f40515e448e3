# The main job, shown: a session, its files, a run, its events, and the workspace brought back from the object store.
# shellcheck shell=bash

times=()

# timed LABEL COMMAND…: runs it and remembers how long it took.
timed() {
  local label=$1 from
  shift
  from=$(now_ms)
  "$@"
  times+=("$label|$(($(now_ms) - from))")
}

# shown COMMAND…: a `berth` command, as the reader would type it.
shown() {
  printf '\n$ berth %s\n' "$*"
  ./berth "$@"
}

heading() { printf '\n── %s\n' "$*"; }

demo() {
  local from=$SECONDS
  if claim_home; then
    start_stack
    times+=("control plane start|$plane_took" "executor agent start|$agent_took")
  else
    say "✓ Berth already runs here"
  fi
  demo_job "demo-$(date +%H%M%S)"
  print_times
  say ""
  say "Done in $((SECONDS - from)) s after set-up. ./dev up leaves Berth running; ./berth --help says what it can do."
}

demo_job() {
  local session=$1 scratch=$BERTH_HOME/cache/demo
  stage_sources "$scratch/berth"

  heading "A session: a durable workspace and a sandbox to run in"
  timed "create the session" shown session create "$session"
  timed "activate: container and workspace" shown session activate "$session" --wait

  heading "Real input: this repository's own sources"
  timed "push $(find "$scratch/berth" -type f | wc -l) files" shown workspace push "$session" "$scratch/berth" /workspace/berth

  heading "A real job, inside the sandbox: no network, no root, no capabilities"
  timed "the run, with its events" shown run -s "$session" -- sh berth/deploy/demo/report.sh
  timed "read the report" save_report "$session" "$scratch/before.txt"
  heading "Save and stop; then remove the container and its disk"
  timed "sync, stop and remove" shown session stop "$session" --remove-copy --wait
  show_nothing_left "$session"

  heading "Bring it back from the object store"
  timed "activate from the object store" shown session activate "$session" --wait
  timed "read the report again" save_report "$session" "$scratch/after.txt"
  cmp "$scratch/before.txt" "$scratch/after.txt" || fail "The report came back changed."
  cat "$scratch/after.txt"
  say ""
  say "✓ The same report, byte for byte: $(sha256sum <"$scratch/after.txt" | cut -c 1-16)…"
  timed "the next run, on the restored files" shown run -s "$session" -- git -C berth log -1 --oneline --shortstat
  timed "delete the session" shown session delete "$session" --wait
}

# The tracked files where this is a git work tree, everything but build output elsewhere.
stage_sources() {
  rm -rf "$1"
  mkdir -p "$1"
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard --deduplicate | tar -c --null --ignore-failed-read -T - 2>/dev/null
  else
    tar -c --exclude=target --exclude=.git .
  fi | tar -x -C "$1"
}

save_report() { ./berth workspace cat "$1" /workspace/berth/REPORT.txt >"$2"; }

show_nothing_left() {
  local id
  id=$(./berth session get "$1" --output json | sed -nE 's/.*"id": *"(ses_[a-z0-9]+)".*/\1/p' | head -n 1)
  if [ -e "$BERTH_HOME/executor/copies/$id" ]; then fail "The executor still has a disk of $id."; fi
  say "✓ No container and no disk of $id is left on the executor"
}

print_times() {
  heading "What took how long"
  local line
  for line in "${times[@]}"; do printf '  %-42s %8s\n' "${line%|*}" "$(seconds "${line##*|}")"; done
}
