# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Daemons of the control domain are killed while a guest writes, reads and answers pings; the guest
# does not notice.  xend starts its back-ends again; a service manager would start xend and
# xenconsoled; xenstored's two processes start each other.  At last a back-end is what its
# guest would make of it.
pid_of() { pgrep -o "$1"; }
killed() { # PROGRAM [-n]: kill -9 its monitor (-n: worker), then wait for the next ones
    local old
    old=$(pid_of "$1") || return 1
    kill -9 "$(pgrep "${2:--o}" "$1")" && wait_until 20 eval "[ \"\$(pid_of $1)\" != '' ] && [ \"\$(pid_of $1)\" != $old ]"
}
pings() { ping -c 20 -i 0.1 -W 5 10.0.2.21 | awk '/received/ { exit !($4 >= 15) }'; }

ok "create debian" create debian
ok "it is up" guest_up debian
bounded() { # PROGRAM: monitor and worker are in the device's group, and that has bounds
    local pid group
    group=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of "$1")/cgroup")
    for pid in $(pgrep "$1"); do
        grep -q "^${pid}$" "$group/cgroup.procs" || { echo "$pid is not in $group"; return 1; }
    done
    [[ $group == */hospes/v* ]] && same 536870912 "$(cat "$group/memory.max")" && same 80 "$(cat "$group/pids.max")"
}
takes_too_much() { # PROGRAM: its group gets a bound that it is above; it is killed, and back with the usual one
    local old
    old=$(pid_of "$1")
    echo 64K >"/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$old/cgroup")/memory.max"
    wait_until 60 eval "[ \"\$(pid_of $1)\" != '' ] && [ \"\$(pid_of $1)\" != $old ]" && wait_until 60 bounded "$1"
}
for program in hospes-blk hospes-net; do
    ok "$program is bounded" bounded $program
    ok "$program is killed when it takes too much, and back" takes_too_much $program
done
guest_run debian 'dd if=/dev/urandom of=/tmp/data bs=1M count=32 status=none; sha256sum </tmp/data >/tmp/sum' 60
for round in 1 2 3; do
    guest_run debian "(cp /tmp/data /root/copy$round; sync; echo done >/tmp/done$round) & true"
    ok "round $round: hospes-blk is killed and back" killed hospes-blk
    ok "what was being written arrives" wait_until 60 guest_run debian "test -e /tmp/done$round"
    ok "hospes-net is killed and back" killed hospes-net
    ok "pings are answered" pings
done
for round in 1 2 3 4 5 6 7 8; do
    guest_run debian "dd if=/tmp/data of=/root/quick bs=1M conv=fsync status=none & true"
    ok "kill $round in a row: hospes-blk's worker" killed hospes-blk -n
    ok "kill $round in a row: hospes-net's worker" killed hospes-net -n
done
ok "the disk is not given up" guest_run debian 'wait; cmp /tmp/data /root/quick' 60
ok "nor is the NIC" pings
counted() { $TOOL block-list -l debian | sed -n "s/^ *($1 \([0-9]*\))\$/\1/p"; }
ok "its restarts are counted" test "$(counted restarts)" -ge 11
ok "what was written is counted, over all its lives" test "$(counted written_bytes)" -ge $((96 << 20))
ok "the NIC's restarts too" contains <($TOOL network-list -l debian) '(restarts 1[1-9])'
before=$(pgrep hospes-)
kill -9 "$(pid_of xend)"
ok "without xend the back-ends live" pings
ok "xend starts again" xend --daemonise
ok "with the back-ends it finds" same "$before" "$(pgrep hospes-)"
ok "hospes-blk, adopted, is killed and back" killed hospes-blk
ok "the disk lives" guest_run debian 'sync; ls -la /root >/dev/null' 60
ok "hospes-net, adopted, is killed and back" killed hospes-net
ok "pings are answered" pings
kill -9 "$(pid_of xenconsoled)"
console_close debian
ok "xenconsoled starts again" xenconsoled --daemonise --log=guest --log-dir=/var/log/xen
ok "the console lives" guest_attach debian
store_pid() { # server | keeper
    case $1 in server) pgrep -x xenstored ;; keeper) pgrep -x xenstored-keep ;; esac
}
store_killed() { # server | keeper
    local old
    old=$(store_pid "$1") || return 1
    kill -9 "$old"
    $TOOL list | grep -q '^debian ' || return 1 # waits, then works
    wait_until 20 eval "[ \"\$(store_pid $1)\" != '' ] && [ \"\$(store_pid $1)\" != $old ]"
}
xenstore-watch -n 21 /local/domain/0/killed >"$WORK/watched" &
watch=$!
wait_until 20 test -s "$WORK/watched"
guest_run debian "(dd if=/tmp/data of=/root/stored bs=1M conv=fsync status=none; echo done >/tmp/done-stored) & true"
for round in 1 2 3 4 5 6 7 8 9 10; do
    who=server
    [ "$round" = 5 ] && who=keeper
    xenstore-write /local/domain/0/killed "$round"
    ok "round $round: xenstored's $who is killed, xm list works" store_killed "$who"
    xenstore-write /local/domain/0/killed "$round again"
done
ok "a watch has told of each change, once" wait "$watch"
ok "a disk comes and goes" eval "truncate -s 1M $WORK/late.img && \
    $TOOL block-attach debian file:$WORK/late.img,xvdv,w && $TOOL block-detach debian xvdv"
ok "what was being written arrives" wait_until 60 guest_run debian 'test -e /tmp/done-stored && cmp /tmp/data /root/stored'
ok "pings are answered" pings
ok "the store is whole" xenstore-control check
ok "hospes-net is killed and back after that" killed hospes-net
guest_run debian 'echo 3 >/proc/sys/vm/drop_caches'
for round in 1 2 3; do
    ok "what was written in round $round is there" guest_run debian \
        "test \"\$(sha256sum </root/copy$round)\" = \"\$(cat /tmp/sum)\"" 60
done
truncate -s 1M "$WORK/doors.img"
mount --bind ./doors /opt/hospes/bin/hospes-blk
ok "a disk whose back-end tries to get out" $TOOL block-attach debian "file:$WORK/doors.img,xvdw,w"
ok "it has tried" wait_for_text 60 /var/log/xen/xend.log 'worker: .*all tried'
umount /opt/hospes/bin/hospes-blk
ok "every door was shut" eval "! grep -a 'worker: .*open: ' /var/log/xen/xend.log"
ok "shutdown" $TOOL shutdown -w debian
ok "it is gone" wait_until 60 domain_gone debian
