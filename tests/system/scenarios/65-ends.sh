# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Ends of domains with the little guest: the brake on quick deaths, names over a restart, interfaces
# that two want, scripts that need the interface, and how long a destroy takes.
count() { $TOOL list | grep -c "^$1"; }
offline_saw() { grep -q 'offline there' /run/offline.log; }
destroyed_quickly() { # 20 destroys, none of which waits for a time-out
    local i began
    for i in $(seq 20); do
        mini name=quick extra=idle || return 1
        began=$SECONDS
        $TOOL destroy quick
        [ $((SECONDS - began)) -lt 9 ] || { echo "destroy $i took $((SECONDS - began)) s"; return 1; }
    done
}

if [ "$TOOL" = xm ]; then
    ok "rename-restart: create" mini name=rr on_crash=rename-restart extra=triplefault
    ok "the brake holds" wait_until 60 contains /var/log/xen/xend.log 'domain rr .*not started again'
    ok "at most three were started" test "$(count rr)" -le 3
    destroy_all
    cat >/etc/xen/scripts/vif-look <<'END'
#!/bin/sh
test -e "/sys/class/net/$vif" && echo "$1 there" >>/run/offline.log
exit 0
END
    chmod +x /etc/xen/scripts/vif-look
    ok "a NIC with a script of its own" mini name=n1 extra=idle \
        'vif=["script=vif-look,vifname=web", "script=vif-look"]'
    ok "a second guest of that vifname is refused" refused 1 'web is in use by domain n1' mini name=n2 extra=idle \
        'vif=["script=vif-look,vifname=web"]'
    ok "the first keeps its interface" test -e /sys/class/net/web
    ok "destroy n1" xm destroy n1
    ok "its script found the interface at the end" offline_saw
    ok "which is gone now" wait_until 10 eval '! test -e /sys/class/net/web'
    rm -f /etc/xen/scripts/vif-look /run/offline.log
    ok "no destroy waits for a time-out" destroyed_quickly
    xm dmesg -c >/dev/null
    ok "dmesg -c has emptied the log" test "$(xm dmesg | wc -c)" -lt 4096
    ok "events tells of a domain" eval 'timeout 60 xm events >/run/events & mini name=ev extra=halt; wait_until 30 grep -q "\"destroyed\".*\"ev\"" /run/events; s=$?; kill %% 2>/dev/null; rm -f /run/events; [ $s = 0 ]'
fi
