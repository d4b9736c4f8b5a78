# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Rows of jobs that measure commands in dom0, beside system/lib.sh.  (With --icount a nanosecond is an instruction.)

row_is() { # NANOSECONDS NAME
    printf 'row\t%d\t%s\n' "$1" "$2" | tee -a "$RESULTS/rows"
}
row() { # NAME COUNT COMMAND...: per command, @ is its number
    local name=$1 count=$2 start i
    shift 2
    start=${EPOCHREALTIME/./}
    for ((i = 1; i <= count; i++)); do
        "${@//@/$i}" >/dev/null 2>"$WORK/row.err" ||
            { echo "failed: ${*//@/$i}"; cat "$WORK/row.err"; exit 1; }
    done
    row_is $(((${EPOCHREALTIME/./} - start) * 1000 / count)) "$name"
}
