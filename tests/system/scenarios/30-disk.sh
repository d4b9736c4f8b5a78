# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What a guest wrote and synced is in its image after the shutdown.
image_sum() {
    mkdir -p "$WORK/mnt"
    mount -o loop,ro /srv/guests/debian.img "$WORK/mnt" || return 1
    sha256sum "$WORK/mnt/root/data" | cut -d' ' -f1
    umount "$WORK/mnt"
}
ok "create debian" create debian
ok "it is up" guest_up debian
ok "disk features are negotiated" guest_run debian \
    'dmesg | grep -q "flush diskcache: enabled; persistent grants: enabled; indirect descriptors: enabled"'
ok "the disk has a queue per vCPU" same 2 "$(guest_run debian 'ls /sys/block/xvda/mq | wc -l' | tail -n 1)"
ok "64 MiB of random data, synced" \
    guest_run debian 'dd if=/dev/urandom of=/root/data bs=1M count=64 conv=fsync' 120
sum=$(guest_run debian 'sha256sum /root/data' 60 | tail -n 1 | cut -d' ' -f1)
ok "the image is in use: a second writer is refused" refused 1 'in use by domain debian' create debian2 \
    'disk=["file:/srv/guests/debian.img,xvda,w"]'
ok "discard frees room in the image" guest_run debian 'rm /root/data2 2>/dev/null; fstrim -v / | grep -q trimmed'
# Faults that the administrator asks for: the guest sees just these.
reads_faulty() { guest_run debian "dd if=/dev/xvdv of=/dev/null bs=4k count=1 iflag=direct 2>&1"; }
slow_requests() { # of the disk that was attached last, longer than a second
    $TOOL block-list -l debian | awk '/\(below_us/ { most = $2 + 0 } /\(requests/ && most > 1048576 { n += $2 } END { print n + 0 }'
}
pings() { ping -c 3 -W 2 10.0.2.21 | awk '/received/ { exit !($4 > 0) }'; }
truncate -s 8M "$WORK/faulty.img"
$TOOL events >"$WORK/events" &
events=$!
ok "a disk to fail comes" $TOOL block-attach debian "file:$WORK/faulty.img,xvdv,w"
ok "it works" wait_until 60 reads_faulty
ok "inject io-error" $TOOL inject debian io-error 100 xvdv
ok "the guest gets it" wait_until 60 eval 'reads_faulty | grep "Input/output error"'
ok "xend's log names the disk" wait_for_text 60 /var/log/xen/xend.log 'faulty.img: .* [1-9][0-9]* failed'
ok "xm events tells of it" wait_for_text 60 "$WORK/events" 'device-trouble.*"type":"vbd"'
kill "$events"
ok "inject slow-disk, no errors" eval "$TOOL inject debian io-error 0 xvdv && $TOOL inject debian slow-disk 1200 xvdv"
ok "that is what is listed" contains <($TOOL inject debian list) '^vbd .* slow-disk 1200 ms$'
ok "and nothing else" same 1 "$($TOOL inject debian list | wc -l)"
ok "the guest reads again" wait_until 60 reads_faulty
ok "slowly" test "$(slow_requests)" -ge 1
ok "the disk goes, the fault with it" eval "$TOOL inject debian clear && $TOOL block-detach debian xvdv"
ok "nothing is listed" same "" "$($TOOL inject debian list)"
ok "inject drop-net" $TOOL inject debian drop-net 100
ok "no ping is answered" wait_until 60 eval '! pings'
ok "inject clear" $TOOL inject debian clear
ok "pings are answered" wait_until 60 pings
ok "inject kill-backend" $TOOL inject debian kill-backend
ok "the guest goes on" guest_run debian 'sync; ls /root >/dev/null' 60
ok "pings are answered by the next one" wait_until 60 pings
ok "shutdown" $TOOL shutdown -w debian
ok "it is gone" wait_until 60 domain_gone debian
ok "the checksum matches" same "$sum" "$(image_sum)"
ok "the file system is clean" fsck.ext4 -n /srv/guests/debian.img
