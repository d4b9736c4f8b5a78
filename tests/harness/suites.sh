# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# shellcheck disable=SC2154 # work and top are run's
# tests/all in a tree of its own, whose suites do what each case wants.
tree=$work/tree
mkdir -p "$tree/tests"/{unit/a,network}
cp "$top/tests/all" "$tree/tests/all"

# unit STATUS LINE...: the one unit folder reports these TAP lines and ends so.
unit() {
    {
        echo 'check:'
        for line in "${@:2}"; do printf '\t@echo "%s" >>$(REPORT)\n' "$line"; done
        printf '\t@exit %s\n' "$1"
    } >"$tree/tests/unit/a/Makefile"
}

# network STATUS LINE...: the same for a suite that writes TAP.
network() {
    {
        echo '#!/bin/sh'
        for line in "${@:2}"; do echo "echo '$line'"; done
        echo "exit $1"
    } >"$tree/tests/network/run"
    chmod +x "$tree/tests/network/run"
}

# ends SUITE SUMMARY: what the last line says, and the exit status that belongs to it.
ends() {
    local last status=0
    "$tree/tests/all" "$1" >"$work/all.out" || status=$?
    last=$(tail -n 1 "$work/all.out")
    cat "$work/all.out"
    [ "$last" = "$2" ] && [[ $2 = *" 0 failed"* && $status = 0 || $2 != *" 0 failed"* && $status != 0 ]]
}

skips_are_counted() {
    unit 0 1..2 'ok - a::b' 'ok - a::c  # SKIP no disk' && ends unit '1 passed, 0 failed, 1 skipped' &&
        grep -q 'a::c.*no disk' "$work/all.out" && grep -q 'limit 2400 s' "$work/all.out" &&
        network 0 'ok 1 - x # SKIP why' 1..1 && ends network '0 passed, 0 failed, 1 skipped'
}
a_failure_is_counted() { unit 1 1..2 'not ok - a::b' 'ok - a::c' && ends unit '1 passed, 1 failed, 0 skipped'; }
a_suite_that_broke_off_fails() {
    network 1 'ok 1 - x' && ends network '1 passed, 1 failed, 0 skipped' &&
        network 0 'ok 1 - x' 1..2 && ends network '1 passed, 1 failed, 0 skipped'
}
a_folder_that_does_not_build_fails() { unit 2 && ends unit '0 passed, 1 failed, 0 skipped'; }
a_silent_suite_fails() { network 0 && ends network '0 passed, 1 failed, 0 skipped'; }
a_missing_suite_fails() {
    local jobs
    jobs=$(sed -n '/^suite_guest()/,/^}/p' "$top/tests/all" | grep -c '^    tap ')
    [ "$jobs" -gt 1 ] && ends guest "0 passed, $jobs failed, 0 skipped" && ends style '0 passed, 1 failed, 0 skipped' &&
        ends model '0 passed, 1 failed, 0 skipped' && ! "$tree/tests/all" nosuch
}
a_suite_over_its_limit_fails() {
    network 0 'ok 1 - x' && echo 'exec tail -f /dev/null' >"$work/hang" &&
        sed -i "\$e cat $work/hang" "$tree/tests/network/run" &&
        LIMIT=1 ends network '1 passed, 1 failed, 0 skipped'
}

# A program of each kind of host test is made again when a header that it includes has changed.
headers_are_followed() {
    local program=$top/build/$1/$2
    make -s -C "tests/$1" "$program" && make -q -C "tests/$1" "$program" &&
        ! make -q -C "tests/$1" -W ../../../hypervisor/include/hv/types.h "$program"
}

for case in skips_are_counted a_failure_is_counted a_suite_that_broke_off_fails \
    a_folder_that_does_not_build_fails a_silent_suite_fails a_missing_suite_fails \
    a_suite_over_its_limit_fails; do
    ok "tests/all: ${case//_/ }" "$case"
done
ok "unit tests follow headers" headers_are_followed unit/lib test
ok "fuzzers follow headers" headers_are_followed fuzz/cmdline fuzz
ok "explorers follow headers" headers_are_followed model/evtchn explore
