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
ok "64 MiB of random data, synced" \
    guest_run debian 'dd if=/dev/urandom of=/root/data bs=1M count=64 conv=fsync' 120
sum=$(guest_run debian 'sha256sum /root/data' 60 | tail -n 1 | cut -d' ' -f1)
ok "the image is in use: a second writer is refused" not create debian2 \
    'disk=["file:/srv/guests/debian.img,xvda,w"]'
ok "shutdown" $TOOL shutdown -w debian
ok "it is gone" wait_until 60 domain_gone debian
ok "the checksum matches" same "$sum" "$(image_sum)"
ok "the file system is clean" fsck.ext4 -n /srv/guests/debian.img
