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
daemons=$(pidof xenstored xenconsoled xend)
us_of() { # 1m2.345s
    local seconds=${1#*m}
    seconds=${seconds%s}
    echo $((${1%m*} * 60000000 + 10#${seconds/./} * 1000))
}
# cpu_now: sets CPU_US to the microseconds that the daemons, and what this shell has started, have run.
# (In a subshell the children's time would be that of its own.)
cpu_now() {
    local pid ns user system _
    times >"$WORK/times"
    { read -r _ && read -r user system; } <"$WORK/times"
    CPU_US=$(($(us_of "$user") + $(us_of "$system")))
    for pid in $daemons; do
        read -r ns _ <"/proc/$pid/schedstat" && ((CPU_US += ns / 1000))
    done
}
# measured LIST COMMAND...: appends what the command takes, wall time and CPU time, to $WORK/LIST.
measured() {
    local list=$1 wall cpu
    shift
    cpu_now
    cpu=$CPU_US wall=$(now_us)
    "$@" >/dev/null || return
    wall=$(($(now_us) - wall))
    cpu_now
    cpu=$((CPU_US - cpu))
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
for list in true- create-alone destroy-alone "create-among-$GUESTS" "destroy-among-$GUESTS" "list-$GUESTS"; do row "$list"; done
ok "tiny: no round stalls" no_stall
if [ -n "${LIMIT_MS:-}" ]; then
    for list in create-alone destroy-alone "create-among-$GUESTS" "destroy-among-$GUESTS"; do
        ok "tiny: $list takes less than $LIMIT_MS ms" mean_below "$list" "$LIMIT_MS"
    done
    ok "tiny: list of $GUESTS takes less than 50 ms of CPU time" cpu_below "list-$GUESTS" 50
fi
