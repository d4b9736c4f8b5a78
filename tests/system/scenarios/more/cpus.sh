# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A physical CPU goes offline and comes back 20 times, by the kernel's file for it, while both vCPUs of a guest do sums.
cpu1=/sys/devices/system/xen_cpu/xen_cpu1/online
is() { [ "$(cat $cpu1)" = "$1" ]; } # the kernel asks when VIRQ_PCPU_STATE comes
goes_and_comes() { # TIMES
    local i
    for ((i = 0; i < $1; i++)); do
        echo 0 >$cpu1 && wait_until 20 is 0 && [ "$(info nr_cpus)" = 1 ] &&
            echo 1 >$cpu1 && wait_until 20 is 1 && [ "$(info nr_cpus)" = 2 ] ||
            { echo "time $i: online is $(cat $cpu1), $(info nr_cpus) CPUs"; return 1; }
    done
}
# All sums are of the same.
sums() {
    # shellcheck disable=SC2016 # the guest's shell expands
    guest_run debian 'f() { for i in $(seq 100); do head -c 65536 /dev/zero | md5sum; done; }; { f & f; wait; } | sort -u | wc -l' 300
}
while_it_works() { # COMMAND...
    local first
    sums >"$WORK/sums" 2>&1 &
    first=$!
    "$@" && wait $first && same 1 "$(tail -n 1 "$WORK/sums")" || { cat "$WORK/sums"; return 1; }
}
ok "cpus: a guest with two vCPUs is created" create debian
ok "cpus: it is up" guest_up debian
ok "cpus: the first has no such file" test ! -e /sys/devices/system/xen_cpu/xen_cpu0/online
ok "cpus: CPU 1 goes and comes 20 times while it works" while_it_works goes_and_comes 20
ok "cpus: a vCPU that was pinned there runs on" eval '$TOOL vcpu-pin debian 1 1 && echo 0 >$cpu1 && while_it_works true'
ok "cpus: it comes back" eval 'echo 1 >$cpu1 && wait_until 20 is 1'
ok "cpus: the guest is destroyed" $TOOL destroy debian
ok "cpus: and gone" wait_until 60 domain_gone debian
