# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Two machines that talk: each a dom0 with the bridge xenbr0 on their wire.
# shellcheck source=tests/system/lib.sh
. ./lib.sh

export ADDRESS_A=10.0.2.15 ADDRESS_B=10.0.2.16
COMMANDS=9000 MIGRATION=8003 ARRIVAL=8004

# join_wire ADDRESS: the bridge leaves QEMU's own network, which both machines have alike.
join_wire() {
    ip link set eth0 nomaster down
    # QEMU's e1000e cuts what is longer than a packet into fragments of IP, not of TCP: the other end sees
    # one large segment, waits with its answer, and a connection has 64 KiB in 40 ms.  So the packets are long.
    ip link set eth1 mtu 9000 gso_max_segs 1
    ip link set eth1 up master xenbr0
    ip link set xenbr0 mtu 9000 # whatever its other ports have
    ip address flush dev xenbr0
    ip link set xenbr0 address "$(cat /sys/class/net/eth1/address)"
    ip address add "$1/24" dev xenbr0
}

shared_disk() {
    local dir
    for dir in /sys/block/vd*; do
        [ "$(cat "$dir/serial" 2>/dev/null)" != share ] || echo "/dev/${dir##*/}"
    done
}

# serve_peer OTHER: domains and commands come in.
serve_peer() {
    [ $TOOL != xm ] || serve_relocation "$1"
    socat -b524288 "TCP-LISTEN:$MIGRATION,reuseaddr,fork" "SYSTEM:$TOOL migrate-receive" \
        >>"$WORK/receive" 2>&1 {never}>&- &
    socat -t 600 "TCP-LISTEN:$ARRIVAL,reuseaddr,fork" \
        "SYSTEM:cat >$WORK/arrived; $TOOL restore $WORK/arrived >>$WORK/receive 2>&1 && echo restored; rm $WORK/arrived" {never}>&- &
    socat -t 600 "TCP-LISTEN:$COMMANDS,reuseaddr,fork" 'EXEC:bash,stderr' >/dev/null 2>&1 {never}>&- &
}

# peer COMMAND: a line of shell there, with these functions; its output and exit status.
peer() {
    local answer
    answer=$(socat -t 600 - "TCP:$ADDRESS_B:$COMMANDS,connect-timeout=5" \
        <<<". ./pair.sh; ($1) 2>&1; echo @@\$?; exit") || return 125
    printf '%s\n' "${answer%@@*}"
    return "${answer##*@@}"
}

# Debian's Xen 4.17 is built without shadow paging, so it keeps no log of what a PV guest writes
# (XEN_DOMCTL_shadow_op: EOPNOTSUPP) and its xl cannot send one that runs: it is saved, and restored there.
send_saved() {
    $TOOL save "$1" "$WORK/leaves" && socat -t 600 - "TCP:$2:$ARRIVAL" <"$WORK/leaves" | grep -x restored
    local status=$?
    rm -f "$WORK/leaves"
    return $status
}

# send NAME ADDRESS [relocation]: a domain, while it runs where the hypervisor can.
send() {
    if [ "${3:-}" = relocation ]; then
        xm migrate --live "$1" "$2"
    elif [ $TOOL = xm ]; then
        xm migrate --live -s "socat -b524288 - TCP:$2:$MIGRATION #" "$1" there
    else
        send_saved "$1" "$2"
    fi
}

# here, there COMMAND: in the guest debian, on this host or on the other.
here() { guest_attach debian && guest_run debian "$1" 120; local s=$?; console_close_all; return $s; }
there() { peer "guest_attach debian && guest_run debian '$1' 120; s=\$?; console_close_all; exit \$s"; }

# How often it has started on this host, and whether that is more than N.
ups() { grep -ac 'guest debian: up after' /var/log/xen/guest-debian.log; }
up_again() { [ "$(ups)" -gt "$1" ]; }
