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
ok "shutdown" $TOOL shutdown -w debian
ok "it is gone" wait_until 60 domain_gone debian
ok "the checksum matches" same "$sum" "$(image_sum)"
ok "the file system is clean" fsck.ext4 -n /srv/guests/debian.img
