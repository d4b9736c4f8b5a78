# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# shellcheck disable=SC2154 # never is of lib.sh
# The commands of the tool-stack that the other scenarios do not use.
affinity() { $TOOL vcpu-list debian | awk -v vcpu="$1" '$3 == vcpu { print $NF }'; }
credit() { $TOOL sched-credit -d debian | awk 'NR == 2 { print $3, $4 }'; }
# What is free and what the domains have; only a domain's own structures may be missing.
accounted() { echo $(($(info free_memory) + $($TOOL list | awk 'NR > 1 { sum += $3 } END { print sum }'))); }
closes() { # TO-MIB
    local now
    now=$(accounted)
    ((now <= all_memory && now >= all_memory - $1)) || { echo "$now of $all_memory MiB are accounted for"; return 1; }
}
grows_and_shrinks() { # NAME MIB [EXACT-SIZE]: it gets there, and the accounts close
    $TOOL mem-set "$1" "${3:-$2}" && wait_until 60 eval "same $2 \"\$(domain_column $1 3)\"" && wait_until 10 closes 3
}
online() { $TOOL vcpu-list debian | awk 'NR > 1 && $4 != "-"' | wc -l; }

ok "info tells the CPU's speed" test "$(info cpu_mhz)" -gt 100
ok "and what it can do" contains <($TOOL info) '^hw_caps *: [0-9a-f:]*[1-9a-f]'
if [[ $($TOOL info xen_extra) = *hospes ]]; then
    ok "info -m has a line for each mitigation" contains <($TOOL info -m) '^mitigation_meltdown *: .*needed, o'
    ok "Debian's xenhypfs reads the same" same "$($TOOL info mitigation_meltdown)" "$(xenhypfs cat /mitigations/meltdown)"
    ok "and lists what there is" contains <(xenhypfs tree) 'sched-gran'
fi
ok "debug-keys h" $TOOL debug-keys h
ok "dmesg shows what the hypervisor answered" contains <($TOOL dmesg) 'q: domains\|installed handlers'
ok "create -c attaches to the console" contains <(timeout 60 socat - \
    "EXEC:$TOOL create -c /etc/xen/mini extra=\\\"halt\\\",pty,setsid,ctty,rawer" <&"$never" 2>&1) 'mini:'
all_memory=$(accounted)
ok "create debian, paused" create debian -p memory=224 maxmem=256
ok "what it has is no longer free, to the MiB" closes 3
first=$(domid debian)
ok "domid and domname agree" same debian "$($TOOL domname "$first")"
ok "rename" $TOOL rename debian other
ok "the new name has its id" same "$first" "$(domid other)"
ok "and back" $TOOL rename other debian
ok "block-list shows the disk" same 51712 "$($TOOL block-list debian | awk 'NR == 2 { print $1 }')"
ok "network-list shows the NIC" contains <($TOOL network-list debian) '00:16:3e:'
ok "list --long is one expression" contains <($TOOL list --long debian) '"name": "debian"\|(name debian)'
ok "vcpu-pin" $TOOL vcpu-pin debian all 1
ok "it is pinned" same 1 "$(affinity 0)"
ok "vcpu-pin all" $TOOL vcpu-pin debian all all
ok "sched-credit sets weight and cap" $TOOL sched-credit -d debian -w 512 -c 50
ok "they are set" same "512 50" "$(credit)"
ok "sched-credit refuses weight 0" refused 1 'weight' $TOOL sched-credit -d debian -w 0
ok "no cap" $TOOL sched-credit -d debian -c 0
ok "unpause" $TOOL unpause debian
ok "it is up" guest_up debian
ok "vcpu-set takes a vCPU away" $TOOL vcpu-set debian 1
ok "the guest lets it go" wait_until 30 same 1 "$(guest_run debian nproc | tail -n 1)"
ok "vcpu-set gives it back" $TOOL vcpu-set debian 2
ok "mem-set: the guest's balloon follows" grows_and_shrinks debian 192
ok "mem-set: it grows to its maxmem" grows_and_shrinks debian 256
if [ "$TOOL" = xm ]; then
    ok "mem-set: not beyond it" refused 1 'above the domain.s maximum of 256 MiB' xm mem-set debian 257
    ok "mem-set: nor below the floor" refused 1 'below the floor of 64 MiB' xm mem-set debian 63
    dom0_size=$(domain_column Domain-0 3)
    # To the page, for the comparison at the end.
    dom0_exact=$(cat /sys/devices/system/xen_memory/xen_memory0/info/current_kb || echo $((dom0_size * 1024)))k
    ok "mem-set: dom0 gives memory back" grows_and_shrinks Domain-0 $((dom0_size - 64))
    ok "mem-set: and takes it" grows_and_shrinks Domain-0 "$dom0_size" "$dom0_exact"
    ok "mem-set: dom0 has a floor" refused 1 'below the floor of 256 MiB' xm mem-set 0 128
    ok "mem-set: and a maximum" refused 1 'above the domain.s maximum' xm mem-set 0 999999
fi
ok "uptime" contains <($TOOL uptime debian) 'debian'
ok "sysrq reaches the guest" $TOOL sysrq debian h
ok "it says so" wait_for_text 20 "$(transcript debian)" 'sysrq: HELP'
ok "shutdown" $TOOL shutdown -w debian
ok "it is gone" wait_until 60 domain_gone debian
