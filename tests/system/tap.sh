# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What a test script in shell says and asks: TAP output and assertions.  Who sources this sets WORK
# to a folder of its own.
tap_count=0 tap_failed=0

# ok NAME COMMAND...: the test passes when the command succeeds; its output explains a failure.
ok() {
    local name=$1 status
    shift
    tap_count=$((tap_count + 1))
    "$@" >"$WORK/out" 2>&1 && status=0 || status=$?
    if [ $status = 0 ]; then
        echo "ok $tap_count - $name"
        return 0
    fi
    echo "not ok $tap_count - $name"
    echo "# exit status $status of: $*"
    sed 's/^/# /' "$WORK/out" | tail -n 30
    tap_failed=$((tap_failed + 1))
    return 1
}

skip() { # NAME REASON
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

finish() {
    echo "1..$tap_count"
    [ "$tap_failed" = 0 ]
}

# refused STATUS PATTERN COMMAND...: the command ends with exactly this exit status and what it
# prints has the pattern (^$: it prints nothing).  A crash or a missing program is no refusal.
refused() {
    local want=$1 pattern=$2 got=0 text
    shift 2
    text=$("$@" 2>&1) || got=$?
    if [ "$got" != "$want" ] || ! grep -q -e "$pattern" <<<"$text"; then
        echo "expected exit status $want and '$pattern', got $got and:"
        echo "$text"
        return 1
    fi
}

same() { # EXPECTED GOT
    [ "$1" = "$2" ] || { echo "expected '$1', got '$2'"; return 1; }
}

contains() { # FILE PATTERN
    local text
    text=$(tr -d '\0' <"$1")
    grep -q -e "$2" <<<"$text" || { echo "no '$2' in:"; echo "$text"; return 1; }
}
