# Starts and stops the control plane and one executor agent, as children of this script.
# shellcheck shell=bash

plane_pid='' agent_pid='' model_pid=''
ready_file=$BERTH_HOME/control-plane.json

# port NAME: from the file the control plane writes once it is ready.
port() { sed -nE "s/.*\"$1_port\" *: *([0-9]+).*/\1/p" "$ready_file"; }

alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }

# Only one stack per BERTH_HOME: the lock lives as long as this script.
claim_home() {
  exec 9>"$BERTH_HOME/dev.lock"
  flock -n 9
}

start_stack() {
  trap stop_stack EXIT
  trap 'exit 130' INT TERM HUP
  start_plane
  start_agent
}

# What secrets are kept by: made once, for the owner alone.
secrets_key() {
  local file=${BERTH_SECRETS_KEY_FILE:=$BERTH_HOME/secrets.key}
  export BERTH_SECRETS_KEY_FILE
  [ -e "$file" ] || (umask 077 && head -c 32 /dev/urandom | base64 >"$file.new" && mv "$file.new" "$file")
}

start_plane() {
  local from log=$BERTH_HOME/logs/control-plane.log
  from=$(now_ms)
  secrets_key
  rm -f "$ready_file"
  (run_java control-plane 512m "$plane_class") >"$log" 2>&1 </dev/null 9>&- &
  plane_pid=$!
  await "The control plane" "$plane_pid" "$log" test -s "$ready_file"
  plane_took=$(($(now_ms) - from))
  say "✓ Control plane on 127.0.0.1:$(port public): $(seconds $plane_took)"
}

start_agent() {
  local from log=$BERTH_HOME/logs/executor-agent.log state=$BERTH_HOME/executor token='' models=$BERTH_HOME/gateway.properties
  if [ -e "$models" ]; then export BERTH_EXECUTOR_GATEWAY=${BERTH_EXECUTOR_GATEWAY:-$models}; fi
  from=$(now_ms)
  if [ ! -e "$state/executor.json" ]; then token=$(./berth executor create-token); fi
  (BERTH_EXECUTOR_ENROLMENT_TOKEN=$token run_java executor-agent 256m "$agent_class" \
    --control-plane "127.0.0.1:$(port executor)" --state-dir "$state") >"$log" 2>&1 </dev/null 9>&- &
  agent_pid=$!
  await "The executor agent" "$agent_pid" "$log" executor_ready
  agent_took=$(($(now_ms) - from))
  say "✓ Executor agent: $(seconds $agent_took)"
  (train_client) >"$BERTH_HOME/logs/train-client.log" 2>&1 </dev/null 9>&- &
}

# The agent keeps this file; one that is left from an earlier agent names another process.
executor_ready() { grep -q "\"pid\":$agent_pid,.*\"connected\":true" "$BERTH_HOME/executor/status.json"; }

# await WHAT PID LOG CONDITION…: until the condition holds; fails when the process ends or a minute is up.
await() {
  local what=$1 pid=$2 log=$3 deadline=$((SECONDS + 60))
  shift 3
  until "$@" 2>/dev/null; do
    if ! alive "$pid" || [ $SECONDS -gt $deadline ]; then
      tail -n 25 "$log" | sed 's/^/    /' >&2
      fail "$what did not get ready. The whole log is in $log"
    fi
    sleep 0.1
  done
}

stop_stack() {
  trap '' INT TERM HUP
  stop_process "$agent_pid" && archive_written executor-agent
  stop_process "$plane_pid" && archive_written control-plane
  stop_process "$model_pid" || true
  agent_pid='' plane_pid='' model_pid=''
}

# Asks, waits, and insists after 20 s, or a minute where it may write its archive. Fails where it did not end by itself.
stop_process() {
  local deadline=$((SECONDS + ${keep_classes:-20})) status=0
  [ -n "$1" ] || return 1
  if alive "$1"; then kill "$1"; fi
  while alive "$1" && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
  if alive "$1"; then kill -9 "$1"; fi
  wait "$1" || status=$?
  [ "$status" != 137 ]
}

up() {
  # for the starts to come; whoever runs the demo does not wait for it
  keep_classes=60
  claim_home || fail "Berth already runs here, with its state in $BERTH_HOME."
  start_stack
  cat <<TEXT

Berth is up. Ctrl-C stops it; sessions keep their files.
  API        127.0.0.1:$(port public) (gRPC), key in $BERTH_HOME/api-key
  try        ./berth session create hello && ./berth run -s hello -- uname -a
  logs       $BERTH_HOME/logs

TEXT
  wait -n "$plane_pid" "$agent_pid" || true
  if alive "$plane_pid"; then fail "The executor agent ended: see $BERTH_HOME/logs/executor-agent.log"; fi
  fail "The control plane ended: see $BERTH_HOME/logs/control-plane.log"
}
