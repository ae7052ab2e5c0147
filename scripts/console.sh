# shellcheck shell=bash
# What the scripts share: saying where things stand, and ending everything at Ctrl-C.

say() { printf '[%4d s] %s\n' "$SECONDS" "$*" >&2; }

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# follow TEXT HOW_FAR COMMAND...: runs the command with its output in $LOG; every three seconds it
# prints the text and what the shell expression HOW_FAR says.
follow() {
    local text=$1 how_far=$2 status=0
    shift 2
    say "$text"
    ticks "$text" "$how_far" 9>&- &
    ticker=$!
    "$@" >>"$LOG" 2>&1 || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    ticker=
    return "$status"
}

ticks() {
    local never
    exec {never}<> <(:)
    # A read that times out is a sleep without a process that would outlive us.
    while read -rt 3 -u "$never" || [[ $? -gt 128 ]]; do
        kill -0 "$$" 2>/dev/null || exit 0
        say "$1: $(eval "$2")"
    done
}

# explain WHAT: after a failed follow, the log's last lines and what to do.
explain() {
    printf '  %s\n' "$(tail -n 8 "$LOG")" >&2
    if tail -n 40 "$LOG" | grep -q 'No space left on device'; then
        fail "$1 failed because the disk is full: free some space and start again"
    fi
    fail "$1 failed, its last words are above and all of them in $LOG: put that right and start again"
}

# run COMMAND...: like the command itself, in a process group of its own that a signal to us ends.
run() {
    set -m
    "$@" </dev/null &
    child=$!
    set +m
    local status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

# end_with_us CLEANUP: from now on, however we end, the running command ends and then the cleanup runs.
end_with_us() {
    child=
    trap "interrupted 130" INT
    trap "interrupted 143" TERM
    trap "interrupted 129" HUP
    # shellcheck disable=SC2064 # the name of the function is known now
    trap "trap '' INT TERM HUP; $1" EXIT
}

interrupted() {
    trap '' INT TERM HUP
    if [[ -n $child ]]; then
        # What a person's Ctrl-C sends: every one of our commands tidies up at it.
        kill -INT -- "-$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    exit "$1"
}

# A Node.js that setup installed comes before the machine's own.
use_node() {
    if [[ -x .venv/bin/node ]]; then PATH=$PWD/.venv/bin:$PATH; fi
}
