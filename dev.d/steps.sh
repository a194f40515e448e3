# Steps: one line each, progress while they take long, the end of their log when they fail.
# shellcheck shell=bash

step_names=() step_pids=() step_logs=() step_starts=()

say() { printf '%s\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# now_ms: milliseconds since the epoch.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t:0:-3}"; }

# seconds MILLIS: as text, with one decimal.
seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# begin NAME DONE ACTION: starts a step in the background, unless DONE says there is nothing to do.
begin() {
  if "$2" >/dev/null 2>&1; then printf '✓ %s: up to date\n' "$1"; return; fi
  local log
  log=$BERTH_HOME/logs/$(printf '%s' "$3" | tr -c 'a-z0-9\n' -).log
  # a process group of its own, so that all of it can be ended
  set -m
  ("$3") >"$log" 2>&1 </dev/null &
  set +m
  step_names+=("$1") step_pids+=($!) step_logs+=("$log") step_starts+=("$(now_ms)")
  printf '… %s\n' "$1"
}

# finish: waits for all begun steps; the first that fails ends the script.
finish() {
  local left=${#step_pids[@]} i spoke
  spoke=$(now_ms)
  while [ "$left" -gt 0 ]; do
    sleep 0.1
    for i in "${!step_pids[@]}"; do
      if kill -0 "${step_pids[i]}" 2>/dev/null; then continue; fi
      end_step "$i"
      left=$((left - 1))
    done
    if [ $(($(now_ms) - spoke)) -gt 5000 ]; then spoke=$(now_ms) && show_progress; fi
  done
}

end_step() {
  local took=$(($(now_ms) - step_starts[$1]))
  if wait "${step_pids[$1]}"; then
    printf '✓ %s: %s\n' "${step_names[$1]}" "$(seconds $took)"
    unset "step_names[$1]" "step_pids[$1]" "step_logs[$1]" "step_starts[$1]"
    return
  fi
  unset "step_pids[$1]"
  stop_steps
  printf '✗ %s failed after %s:\n' "${step_names[$1]}" "$(seconds $took)" >&2
  tail -n 25 "${step_logs[$1]}" | sed 's/^/    /' >&2
  fail "The whole log is in ${step_logs[$1]}"
}

stop_steps() {
  local pid
  for pid in "${step_pids[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
}
trap 'stop_steps; exit 130' INT TERM HUP

show_progress() {
  local i
  for i in "${!step_pids[@]}"; do
    printf '  %s, %s: %s\n' "${step_names[i]}" "$(seconds $(($(now_ms) - step_starts[i])))" \
      "$(tail -c 2000 "${step_logs[i]}" | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 | cut -c 1-100)"
  done
}
