# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What starting and ending a tiny guest takes: alone, among GUESTS others, and ROUNDS times in a row.
# CPU time counts xm and the three daemons; the times are the emulated machine's, so that only with its
# instruction-counted clock (a nanosecond is an instruction) they are the same on a busy host:
#   tests/system/run --icount --timeout 3000 -- LIMIT_MS=100 more/tiny
# LIMIT_MS judges the means; without it only stalls are faults, which a lost event makes last seconds.
GUESTS=${GUESTS:-100} ROUNDS=${ROUNDS:-20}
STALL_MS=${STALL_MS:-9000} # the shortest of the tools' own time-outs is 10 s
now_us() { echo "${EPOCHREALTIME/./}"; }
# cpu_us: microseconds that the daemons (and, as children, all that has ended here) have run.
cpu_us() {
    local TIMEFORMAT='' pid daemons=0 ns _
    for pid in $(pidof xenstored xenconsoled xend); do
        read -r ns _ <"/proc/$pid/schedstat" && ((daemons += ns / 1000))
    done
    times | awk -v d="$daemons" 'NR == 2 { gsub(/[ms]/, " "); print int(($1 * 60 + $2 + $3 * 60 + $4) * 1e6) + d }'
}
# measured LIST COMMAND...: appends what the command takes, wall time and CPU time, to $WORK/LIST.
measured() {
    local list=$1 wall cpu
    shift
    cpu=$(cpu_us) wall=$(now_us)
    "$@" >/dev/null || return
    wall=$(($(now_us) - wall)) cpu=$(($(cpu_us) - cpu))
    echo "$wall $cpu" >>"$WORK/$list"
}
tiny() { $TOOL create /etc/xen/mini "name=\"$1\""; }
round() { measured "create-$1" tiny r && measured "destroy-$1" "$TOOL" destroy r; }
rounds() {
    local i
    for ((i = 0; i < $2; i++)); do round "$1" || return; done
}
row() { # NAME: mean and longest wall time, mean CPU time
    awk -v name="$1" '{ n++; w += $1; c += $2; if ($1 > m) m = $1 }
        END { printf "# %-16s %5d times: mean %7.1f ms, longest %7.1f ms, CPU time %7.1f ms\n", name, n, w / n / 1e3, m / 1e3, c / n / 1e3 }' "$WORK/$1"
}
mean_below() { # NAME MS
    awk -v limit="$2" '{ n++; w += $1 } END { print w / n / 1e3, "ms"; exit !(n && w / n < limit * 1e3) }' "$WORK/$1"
}
cpu_below() { # NAME MS
    awk -v limit="$2" '{ n++; c += $2 } END { print c / n / 1e3, "ms"; exit !(n && c / n < limit * 1e3) }' "$WORK/$1"
}
no_stall() { awk -v limit="$STALL_MS" '$1 > limit * 1e3 { print $1 / 1e3, "ms"; bad = 1 } END { exit bad }' "$WORK"/create-* "$WORK"/destroy-*; }

rm -f "$WORK"/{create,destroy,list,true}-*
ok "tiny: once unmeasured" eval 'tiny first && $TOOL destroy first'
ok "tiny: rounds alone" rounds alone "$ROUNDS"
ok "tiny: nothing is left of them" no_leaks
for ((i = 1; i <= GUESTS; i++)); do tiny "m$i" >/dev/null || break; done
ok "tiny: $GUESTS guests run" same "$((GUESTS + 2))" "$($TOOL list | wc -l)"
ok "tiny: rounds among $GUESTS" rounds "among-$GUESTS" "$((ROUNDS < 20 ? ROUNDS : 20))"
for ((i = 0; i < 5; i++)); do measured "list-$GUESTS" "$TOOL" list && measured "true-" /bin/true; done
for ((i = 1; i <= GUESTS; i++)); do $TOOL destroy "m$i" || break; done
for name in true- create-alone destroy-alone "create-among-$GUESTS" "destroy-among-$GUESTS" "list-$GUESTS"; do row "$name"; done
ok "tiny: no round stalls" no_stall
if [ -n "${LIMIT_MS:-}" ]; then
    for name in create-alone destroy-alone "create-among-$GUESTS" "destroy-among-$GUESTS"; do
        ok "tiny: $name takes less than $LIMIT_MS ms" mean_below "$name" "$LIMIT_MS"
    done
    ok "tiny: list of $GUESTS takes less than 50 ms of CPU time" cpu_below "list-$GUESTS" 50
fi
