# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The crash matrix: each process of the control domain is killed, stopped for STOP_SECONDS (3) and upgraded
# while its guest or its tools do each kind of work; after each cell all must be as before it.
#   tests/system/run -- [CELLS=168] [FIRST_CELL=0] [STOP_SECONDS=30] more/crash
# shellcheck source=tests/system/faults.sh
. ./faults.sh
late_guest() { $TOOL create /etc/xen/mini 'name="late"' && $TOOL destroy late; }
late_disk() { $TOOL block-attach $GUEST "file:$WORK/late.img,xvdv,w" && $TOOL block-detach $GUEST xvdv; }
saved() { $TOOL save -c $GUEST "$WORK/crash.save"; }
migrated() {
    local from=$GUEST to=moved
    [ "$from" = debian ] || to=debian
    move_here "$from" "$to" && echo "$to" >"$WORK/name"
}
work_of() {
    case $1 in create) late_guest ;; attach) late_disk ;; save) saved ;; migrate) migrated ;; esac
}
crash_cell() { # TARGET WORK KIND [worker]
    local work status=0
    console_needed=''
    case $2 in read | write | net) loads CONT "$2" && goes_on "$2" || return 1 ;; esac
    case $1/$2 in xenconsoled/* | */save | */migrate) console_needed=1 ;; esac
    [ -z "$console_needed" ] || console_close $GUEST
    echo $GUEST >"$WORK/name"
    work_of "$2" >"$WORK/work" 2>&1 &
    work=$!
    # At some moment of the work: how far it is by then is the machine's choice.
    read -r -t "0.$((RANDOM % 6))" -u "$never" _
    fault "$3" "$1" "${4:-}" || status=1
    wait $work || { echo "$2 failed, while $1 $3: $(cat "$WORK/work")"; status=1; }
    GUEST=$(cat "$WORK/name")
    [ -z "$console_needed" ] || guest_attach "$GUEST" || status=1
    case $2 in read | write | net) goes_on "$2" && loads STOP "$2" || status=1 ;; esac
    return $status
}
truncate -s 1M "$WORK/late.img"
ok "crash: a guest with loads that check what they get" faults_guest
for note in /run/xend/devices/*.pid; do
    most=2048
    [[ $note != */vfb-* ]] || most=6144 # with the picture that it shows
    ok "crash: $(basename "$note" .pid) costs nothing while it is not used" cost "$note" $most
    sed 's/^/# /' "$WORK/out"
done
ok "crash: its loads" loads_start
late_disk >/dev/null # what the first one leaves for good is there before
ok "crash: what there is" inventory_taken
for ((n = ${FIRST_CELL:-0}; n < ${FIRST_CELL:-0} + ${CELLS:-168}; n++)); do
    read -r target work kind <<<"$(cell "$n")"
    worker=''
    [[ ! $target =~ ^(blk|net)$ ]] || ((n / 7 % 2)) || worker=worker
    [ "$kind" != upgrade ] || worker=''
    ok "crash $n: $target $worker, $work, $kind" crash_cell "$target" "$work" "$kind" $worker
    ok "crash $n: all is as before" all_is_well || inventory_taken
done
ok "crash: all that was written is there" loads_end_well
kill "$server"
console_close $GUEST
ok "crash: shutdown" $TOOL destroy $GUEST
