# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest behind NAT and a routed guest: the outside sees dom0's address for the one and the
# guest's own for the other.
capture() { # GUEST: who pings the gateway, as seen on dom0's NIC
    rm -f "$WORK/capture.err"
    timeout 30 tcpdump -i eth0 -n -c 1 --immediate-mode \
        'icmp[icmptype] == icmp-echo and dst host 10.0.2.2' >"$WORK/capture" 2>"$WORK/capture.err" &
    local dump=$!
    wait_for_text 10 "$WORK/capture.err" 'listening on' >/dev/null
    guest_run "$1" 'ping -c 3 -i 0.5 -W 5 10.0.2.2' 30 >"$WORK/ping"
    local status=$?
    wait $dump
    sed -n 's/.* IP \([0-9.]*\) > .*/\1/p' "$WORK/capture"
    return $status
}
scripts=/opt/hospes/etc/xen/scripts
[ "$TOOLS" = hospes ] || cp $scripts/vif-nat $scripts/vif-route $scripts/vif-common.sh /etc/xen/scripts/
ok "network-nat start" $scripts/network-nat start
ok "network-route start" $scripts/network-route start
links_then=$(echo /sys/class/net/*)
resources_before
ok "create nat" create nat
ok "create routed" create routed
ok "nat is up" guest_up nat
ok "routed is up" guest_up routed
ok "nat has an address by DHCP" guest_run nat 'ip -4 address show eth0 | grep -q 192.168.100'
source=$(capture nat)
ok "nat reaches the outside" same 0 $?
ok "under dom0's address" same 10.0.2.15 "$source"
source=$(capture routed)
ok "routed reaches the outside" same 0 $?
ok "under its own address" same 10.0.5.2 "$source"
ok "shutdown nat" $TOOL shutdown -w nat
ok "shutdown routed" $TOOL shutdown -w routed
ok "they are gone" wait_until 60 domain_gone nat
ok "they are gone" wait_until 60 domain_gone routed
console_close nat
console_close routed
ok "their interfaces are gone" wait_until 10 same "$links_then" "$(echo /sys/class/net/*)"
ok "network-nat stop" $scripts/network-nat stop
ok "network-route stop" $scripts/network-route stop
resources_before
