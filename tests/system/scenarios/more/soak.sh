# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Random kills of random processes, without a pause between them, while a guest's loads check what they get; for
# DURATION seconds (600) or until KILLS (1000).  Ends with what was seen: `# soak: N kills, longest pause P ms`.
#   tests/system/run --timeout 3600 -- DURATION=600 KILLS=1000 more/soak
# shellcheck source=tests/system/faults.sh
. ./faults.sh
# The back-ends most often: they are what a guest waits for.
victims=(blk net blk net blk net server keeper xend xenconsoled fb)
pauses() { # the longest of each load since it was continued, in ms
    local n
    for n in read write net; do
        echo "$n $(load_field $n longest_ms)"
    done
}
soak_kills() { # some in a row, then all must go on
    local i who worker
    console_close $GUEST
    for ((i = 0; i < 25 && SECONDS < soak_end && kills < ${KILLS:-1000}; i++)); do
        who=${victims[RANDOM % ${#victims[@]}]} worker=''
        [[ ! $who =~ ^(blk|net)$ ]] || ((RANDOM % 2)) || worker=worker
        fault kill "$who" $worker || return 1
        kills=$((kills + 1))
    done
    guest_attach $GUEST && goes_on read && goes_on write && goes_on net && all_is_well
}
ok "soak: a guest with loads that check what they get" faults_guest
ok "soak: its loads" loads_start
ok "soak: what there is" inventory_taken
ok "soak: the loads begin" loads CONT read write net
kills=0 soak_end=$((SECONDS + ${DURATION:-600}))
while ((SECONDS < soak_end && kills < ${KILLS:-1000})); do
    ok "soak: after $kills kills" soak_kills
done
console_close $GUEST
guest_attach $GUEST >/dev/null
pauses >"$WORK/pauses"
ok "soak: all that was written is there" loads_end_well
echo "# soak: $kills kills, longest pause in ms: $(xargs <"$WORK/pauses")"
kill "$server"
console_close $GUEST
ok "soak: destroy" $TOOL destroy $GUEST
