#!/bin/sh
# Holds one session, so that it outlives the kernel: feeds the agent from a spool, keeps its output, records how it ended.
#
#   holder.sh DIRECTORY SESSION PROGRAM [ARGUMENT...]
#
# DIRECTORY holds the spool in.d, made by the kernel, and the FIFOs bell, live and stdin, made here. A line on bell means: look into
# the spool; the line "eof" means: and then end the input. Knows nothing of what is said, answers nothing, kills nothing but its feeder.
dir=$1 session=$2
shift 2
umask 077
mkfifo -m 600 "$dir/bell" "$dir/live" "$dir/stdin" 2>>"$dir/err" || exit 70
# live stays open as long as the holder or its feeder lives: a proof of life that no process id can fake.
exec 4<>"$dir/bell" 5<>"$dir/live" </dev/null >/dev/null 2>>"$dir/err" || exit 70
trap '' HUP INT QUIT TERM

# When a process started: clock ticks since boot where /proc tells, else the date that ps gives.
started() {
  if { read -r line <"/proc/$1/stat"; } 2>/dev/null; then
    set -- ${line##*) }
    echo "${20}"
  else
    LC_ALL=C ps -o lstart= -p "$1"
  fi
}

# Whole or not at all.
record() {
  printf '%s\n' "$2" >"$dir/$1.tmp" && mv "$dir/$1.tmp" "$dir/$1"
}

# Copies the spool's files in the order of their numbers and marks each. The only writer of the agent's input.
feed() {
  n=1
  while read -r word <&4; do
    while [ -f "$dir/in.d/$n" ]; do
      cat "$dir/in.d/$n" || exit 1
      : >"$dir/in.d/$n.ok"
      n=$((n + 1))
    done
    [ "$word" != eof ] || exit 0
  done
}

exec 3<>"$dir/stdin"
feed >"$dir/stdin" 3>&- &
feeder=$!
(
  trap - HUP INT QUIT TERM
  VP_SESSION=$session
  export VP_SESSION
  exec "$@" <"$dir/stdin" >>"$dir/out" 3>&- 4>&- 5>&-
) &
agent=$!
# One reader and one writer are left: the feeder's end is the agent's end of input.
exec 3>&-
# After the agent's start, which need not wait for it; before the pid, which the kernel waits for.
record holder "$$ $(started $$)"
record pid "$agent $(started "$agent")"
wait "$agent"
status=$?
kill -9 "$feeder" 2>/dev/null
record exit "$status $(date +%s)"
