# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# trace_options IMAGE NAME: if TRACE is set, the emulator's options, a line each, by which it tells in TRACE/NAME each
# block of the hypervisor's code when it first runs it (tests/coverage).
trace_options() {
    [ -n "${TRACE:-}" ] || return 0
    printf '%s\n' -d in_asm -D "$TRACE/$2" -dfilter "$(readelf -SW "$1" |
        awk '$2 == ".text" { print "0x" $4 "+0x" $6 } $3 == ".text" { print "0x" $5 "+0x" $7 }')"
}
