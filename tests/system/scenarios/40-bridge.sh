# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A bridged guest: dom0, the outside, and bulk data both ways.
# Each side of a transfer sums what it saw; the numbers are bytes and the ports of dom0.
receive_sum() { # PORT: serve one connection, print the checksum of what came
    socat -u "TCP-LISTEN:$1,reuseaddr" - | sha256sum | cut -d' ' -f1
}
ok "create debian" create debian
ok "it is up" guest_up debian
ok "the NIC has a queue per vCPU" same 2 \
    "$(guest_run debian 'ls -d /sys/class/net/eth0/queues/tx-* | wc -l' | tail -n 1)"
# shellcheck disable=SC2016 # for eval
ok "the kernel keeps no queues of its own for it" eval 'ip link show "vif$(domid debian).0" | grep "qdisc noqueue"'
ok "dom0 reaches it" ping -c 3 -i 0.2 -W 5 10.0.2.21
ok "it reaches dom0" guest_run debian 'ping -c 3 -i 0.2 -W 5 10.0.2.15'
ok "it reaches the outside" guest_run debian 'ping -c 3 -i 0.2 -W 5 10.0.2.2'
guest_run debian 'dd if=/dev/urandom of=/tmp/data bs=1M count=32 status=none' 300 >/dev/null
sum=$(guest_run debian 'sha256sum /tmp/data' 300 | tail -n 1 | cut -d' ' -f1)
receive_sum 5001 >"$WORK/sum" &
receiver=$!
ok "32 MiB from the guest" guest_run debian \
    'socat -u OPEN:/tmp/data TCP:10.0.2.15:5001,retry=20,interval=0.2' 300
wait $receiver
ok "checksum" same "$sum" "$(cat "$WORK/sum")"
dd if=/dev/urandom of="$WORK/data" bs=1M count=32 status=none
socat -u "OPEN:$WORK/data" TCP-LISTEN:5002,reuseaddr &
sum=$(sha256sum <"$WORK/data" | cut -d' ' -f1)
ok "32 MiB to the guest, checksum" same "$sum" "$(guest_run debian \
    'socat -u TCP:10.0.2.15:5002,retry=20,interval=0.2 - | sha256sum' 300 | tail -n 1 | cut -d' ' -f1)"
rm -f "$WORK/data"
ok "shutdown" $TOOL shutdown -w debian
ok "it is gone" wait_until 60 domain_gone debian
