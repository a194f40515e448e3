# An agent at work, shown: a turn of a conversation and its events, then the next turn in another container.
# shellcheck shell=bash

# demo_agent --agent NAME
demo_agent() {
  local agent=${2:-} vendor key
  [ "$1" = --agent ] && [ $# = 2 ] || fail "usage: ./dev demo [--agent claude-code|codex]"
  case $agent in
    claude-code) vendor=anthropic key=${ANTHROPIC_API_KEY:-} ;;
    codex) vendor=openai key=${OPENAI_API_KEY:-} ;;
    *) fail "The demo knows the agents claude-code and codex, not $agent." ;;
  esac
  [ "$(id -u)" = 0 ] || fail "Only root can open a way to a model into a sandbox: run this as root."
  begin_runtime
  if [ -n "$key" ]; then begin "Build" build_up_to_date build; else begin "Build, with a scripted model" never build_with_model; fi
  finish
  begin_agents
  finish
  claim_home || fail "Berth already runs here, with its state in $BERTH_HOME: stop it, or set another BERTH_HOME."
  trap stop_stack EXIT
  BERTH_EXECUTOR_GATEWAY=$BERTH_HOME/cache/demo-gateway.properties
  export BERTH_EXECUTOR_GATEWAY
  models "$vendor" "$key"
  start_stack
  # read by now; the key need not stay
  rm -f "$BERTH_EXECUTOR_GATEWAY"
  if [ -n "$key" ]; then
    agent_job "$agent" "" "Write a file hello.txt with one friendly sentence in it." "What did I ask you for, and what did you do?"
  else
    agent_job "$agent" scripted "[[write hello.txt Hello from an agent in a sandbox.]]" "[[recall]]"
  fi
}

build_with_model() { build && ./mvnw package -T 2 -pl testing -am -Dmaven.test.skip=true -Dspotless.check.skip=true; }

# models VENDOR KEY: the file that says where models are, for the agent alone; without a key, at a scripted one started here.
models() {
  local url
  rm -f "$BERTH_EXECUTOR_GATEWAY"
  if [ -n "$2" ]; then
    say "✓ The model is the real one, under your key"
    (umask 077 && printf '%s.key=%s\n' "$1" "$2" >"$BERTH_EXECUTOR_GATEWAY")
    return
  fi
  local port=$BERTH_HOME/cache/demo-model.port
  rm -f "$port"
  (run_java testing 64m dev.berth.testing.model.ModelServer "$port") >"$BERTH_HOME/logs/model.log" 2>&1 </dev/null 9>&- &
  model_pid=$!
  await "The scripted model" "$model_pid" "$BERTH_HOME/logs/model.log" test -s "$port"
  url=http://127.0.0.1:$(cat "$port")
  (umask 077 && printf '%s.key=real-key-of-the-model\n%s.url=%s\n' "$1" "$1" "$url" >"$BERTH_EXECUTOR_GATEWAY")
  say "✓ The model is a scripted one at $url: no key is set"
}

# agent_job AGENT MODEL PROMPT NEXT_PROMPT
agent_job() {
  local agent=$1 session conversation model=()
  session=agent-$(date +%H%M%S)
  # one that codex does not know: those it knows have it use tools that the script does not play
  if [ "$agent" = codex ] && [ -n "$2" ]; then model=(--model "$2"); fi

  heading "A session with the agent's image: its sandbox has neither network nor key"
  shown session create "$session" --image berth/worker-agents:latest --network gateway --memory 2g --pids 512

  heading "A turn: a prompt in, what the agent says and does out"
  shown run -s "$session" --agent "$agent" "${model[@]}" "$3"
  shown workspace cat "$session" hello.txt

  heading "Save and stop; then remove the container and its disk"
  shown session stop "$session" --remove-copy --wait
  show_nothing_left "$session"

  heading "The next turn, in another container: the conversation goes on"
  conversation=$(./berth run list -s "$session" --output json | sed -nE 's/.*"(conversationId|conversation_id)": *"(cnv_[a-z0-9]+)".*/\2/p' | head -n 1)
  shown run -s "$session" --agent "$agent" "${model[@]}" --conversation "$conversation" "$4"
  shown session delete "$session" --wait
}
