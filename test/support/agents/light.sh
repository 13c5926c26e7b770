#!/bin/sh
# A made-up agent of a megabyte: speaks enough of the protocol to be opened, prompted, asked for its calls, killed and resumed.
#
# The prompt says what it does: "steps=5" words in so many steps, "ask=3" before step 3 a call that waits for its verdict, "crash=2" ends
# itself by SIGKILL after step 2 of its first life, "pace=0.05" seconds between steps, "stamp" says the time (nanoseconds) with each. It
# keeps a transcript where the real agent does, and goes on from there with --resume. What its calls did is in the file effects-<conversation>
# of its working directory.
resume= conversation=
while [ $# -gt 0 ]; do
  case $1 in
    --resume) resume=1 conversation=$2 && shift ;;
    --session-id) conversation=$2 && shift ;;
    --version) echo "2.1.0 (light)" && exit 0 ;;
  esac
  shift
done
dir=${CLAUDE_CONFIG_DIR:-$HOME/.claude}/projects/$(pwd -P | tr -c 'A-Za-z0-9\n' -)
transcript=$dir/$conversation.jsonl
if [ -n "$resume" ] && [ ! -f "$transcript" ]; then
  echo "No conversation found with session ID: $conversation" >&2
  exit 1
fi
if [ -z "$resume" ] && [ -f "$transcript" ]; then
  echo "Error: Session ID $conversation is already in use." >&2
  exit 1
fi

# The value of a string in a line of JSON.
field() {
  value=${line#*\"$1\":\"}
  value=${value%%\"*}
}
# The number behind a word of the prompt, or the default.
setting() {
  case $prompt in
    *"$1="*) number=${prompt#*"$1="} && number=${number%%[!0-9.]*} ;;
    *) number=$2 ;;
  esac
}
# Whole lines in one write each.
say() { printf '%s\n' "$1"; }
note() { printf '%s\n' "$1" >>"$transcript"; }
usage='"usage":{"input_tokens":1,"output_tokens":1}'

# Reads until the verdict on the call has come. Gives 1 where it was denied.
verdict() {
  while read -r line; do
    case $line in
      *'"request_id":"'"$1"'"'*'"behavior":"allow"'*) return 0 ;;
      *'"request_id":"'"$1"'"'*) return 1 ;;
    esac
  done
  exit 0
}

work() {
  say '{"type":"system","subtype":"init","session_id":"'"$conversation"'","model":"light","claude_code_version":"light","tools":["Bash"]}'
  setting steps 3 && steps=$number
  setting ask 0 && ask=$number
  setting crash 0 && crash=$number
  setting pace 0 && pace=$number
  n=$(grep -c '"step"' "$transcript")
  while [ "$n" -lt "$steps" ]; do
    n=$((n + 1))
    if [ "$n" = "$ask" ]; then
      call=toolu_$n
      note '{"type":"assistant","message":{"content":[{"type":"tool_use","id":"'$call'","name":"Bash","input":{}}]}}'
      say '{"type":"assistant","message":{"id":"msg_call","content":[{"type":"tool_use","id":"'$call'","name":"Bash","input":{"command":"echo '$n'"}}],'"$usage"'}}'
      say '{"type":"control_request","request_id":"ask-'$$-$n'","request":{"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"echo '$n'"},"tool_use_id":"'$call'"}}'
      if verdict ask-$$-$n; then
        printf 'ran %s\n' "$call" >>"effects-$conversation"
        error=false
      else
        error=true
      fi
      note '{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"'$call'","content":"ok"}]}}'
      say '{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"'$call'","is_error":'$error',"content":"ok"}]}}'
    fi
    [ "$pace" = 0 ] || sleep "$pace"
    note '{"type":"assistant","step":'$n'}'
    words="step $n"
    case $prompt in *stamp*) words="at $(date +%s%N)" ;; esac
    say '{"type":"assistant","message":{"id":"msg_'$n'","model":"light","content":[{"type":"text","text":"'"$words"'"}],'"$usage"'}}'
    if [ "$n" = "$crash" ] && [ -z "$resume" ]; then kill -9 $$; fi
  done
  printf 'done\n' >>"effects-$conversation"
  say '{"type":"result","subtype":"success","is_error":false,"result":"done","num_turns":1,"total_cost_usd":0.01,'"$usage"'}'
}

if [ -n "$resume" ]; then
  prompt=$(grep -m 1 '"type":"user"' "$transcript")
fi
while read -r line; do
  case $line in
    *'"subtype":"get_settings"'*)
      field request_id
      say '{"type":"control_response","response":{"subtype":"success","request_id":"'"$value"'","response":{"effective":{"permissions":{"ask":["*"]}}}}}'
      ;;
    *'"type":"control_request"'*)
      field request_id
      say '{"type":"control_response","response":{"subtype":"success","request_id":"'"$value"'","response":{}}}'
      ;;
    *'"type":"user"'*)
      field uuid
      if [ -z "$resume" ] && [ ! -f "$transcript" ]; then
        mkdir -p "$dir"
        prompt=$line
      fi
      note "$line"
      say '{"type":"user","message":{"role":"user","content":"said"},"uuid":"'"$value"'","isReplay":true}'
      work
      ;;
  esac
done
