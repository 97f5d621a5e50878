# Progress on stderr in short lines, everything else in a log file. Sourced by the scripts beside it; expects $root.

log_dir="$root/.greenrack/logs"

say() { printf 'greenrack: %s\n' "$*" >&2; }

die() {
  say "$@"
  exit 1
}

# Says every 15 s how long it has been. Waits on a pipe that stays empty: a sleep would outlive who is ended.
tell_time() {
  local began=$SECONDS silence
  exec {silence}<> <(:)
  until read -rt 15 -u "$silence"; do say "$1 … $((SECONDS - began)) s"; done
}

# step <log name> <title> <command…>: runs the command without stdin, its output goes to the log.
# The lock of setup.sh (9) must not live on in a daemon that a package starts.
# On failure shows the end of the log, and where the whole of it is.
step() {
  local log="$log_dir/$1.log" title="$2" began=$SECONDS status=0 clock
  shift 2
  mkdir -p "$log_dir"
  say "$title …"
  tell_time "$title" 9>&- &
  clock=$!
  "$@" </dev/null >"$log" 2>&1 9>&- || status=$?
  kill "$clock" 2>/dev/null || true
  wait "$clock" 2>/dev/null || true
  if ((status == 0)); then
    say "$title: done in $((SECONDS - began)) s"
    return 0
  fi
  tail -n 30 "$log" >&2
  say "$title: FAILED (exit code $status). The whole log: $log"
  return "$status"
}

# newer_than <stamp> <path…>: whether any file or folder below the paths changed after the stamp was written.
# Folders count because deleting a file changes nothing else.
newer_than() {
  local stamp=$1
  shift
  [[ -e $stamp ]] || return 0
  [[ -n $(find "$@" -name node_modules -prune -o -newer "$stamp" -print -quit 2>/dev/null) ]]
}
