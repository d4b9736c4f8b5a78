# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2086
# Two guests of two vCPUs each do nothing but harm, to each other by grants and to everybody: random and nearly
# right hypercalls, multicalls, privileged instructions, user mode.  GARBAGE_CALLS (each guest's, default 100000)
# and GARBAGE_SEED make it longer and other: tests/system/run --timeout 1500 -- GARBAGE_CALLS=2000000 95-garbage.
# While GARBAGE_SECONDS (default 0) are not over, a further pair with the next seeds follows.
calls=${GARBAGE_CALLS:-100000} seed=${GARBAGE_SEED:-0} garbage_end=$((SECONDS + ${GARBAGE_SECONDS:-0}))
log() { echo "/var/log/xen/guest-$1.log"; }
made() { # NAME: it has made so many calls; a guest that ended itself alone is as good
    local n
    n=$(grep -ao 'garbage [0-9]* calls' "$(log "$1")" 2>/dev/null | tail -n 1 | tr -dc 0-9)
    [ "${n:-0}" -ge "$calls" ] || [[ $(domain_state "$1") == *c* ]]
}
# garbage_pair: such a pair, from its beginning to its end.  Fails if there is no sense in another one.
garbage_pair() {
    local name next sound=0
    rm -f "$(log pair1)" "$(log pair2)" # what the pair before has made is no part of it
    ok "create a guest whose id tells the next ones" create mini 'name="pair0"' 'extra="idle"' || sound=1
    next=$(domid pair0)
    ok "create the first, seed $((seed + 1))" create mini 'name="pair1"' 'vcpus=2' 'on_crash="preserve"' \
        "extra=\"garbage seed=$((seed + 1)) partner=$((next + 2))\"" || sound=1
    ok "create the second, seed $((seed + 2))" create mini 'name="pair2"' 'vcpus=2' 'on_crash="preserve"' \
        "extra=\"garbage seed=$((seed + 2)) partner=$((next + 1))\"" || sound=1
    ok "its id is as expected" same $((next + 2)) "$(domid pair2)" || sound=1
    ok "the first makes $calls calls" wait_until $((60 + calls / 2000)) made pair1 || sound=1
    ok "the second, too" wait_until $((60 + calls / 2000)) made pair2 || sound=1
    echo "# pair1: $(domain_state pair1), pair2: $(domain_state pair2)"
    ok "the tool answers" $TOOL list || sound=1
    for name in pair0 pair1 pair2; do
        ok "destroy $name" $TOOL destroy $name || sound=1
        ok "$name is gone" wait_until 30 domain_gone $name || sound=1
    done
    seed=$((seed + 2))
    return $sound
}
while garbage_pair && ((SECONDS < garbage_end)); do :; done
