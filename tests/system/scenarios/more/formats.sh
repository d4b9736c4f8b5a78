# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Disks whose images are not raw, by QEMU's storage daemon (./qemu, the host's own): a guest boots from qcow2 and
# writes to it; vhd, vhdx, vmdk and a disk on a network (NBD) are read as what they were made of.
formats_ready() {
    cp -a ./qemu/bin/. /usr/local/bin/ && cp -an ./qemu/lib/. /usr/lib/x86_64-linux-gnu/ && ldconfig && modprobe fuse || return
    head -c 8M /dev/urandom >"$WORK/raw" && formats_sum=$(sha256sum <"$WORK/raw") || return
    for format in vhdx vmdk; do
        qemu-img convert -q -O $format "$WORK/raw" "$WORK/image.$format" || return
    done
    qemu-img convert -q -O vpc -o force_size=on "$WORK/raw" "$WORK/image.vhd" &&
        qemu-img create -q -f qcow2 -b /srv/guests/debian.img -F raw "$WORK/debian.qcow2" &&
        qemu-img create -q -f qcow2 "$WORK/image.qcow2" 8M &&
        qemu-nbd --fork --bind=127.0.0.1 --pid-file="$WORK/nbd.pid" --persistent --shared=4 -x web -f raw "$WORK/raw"
}
# Of a disk of the guest's, which is read past its page cache; and of the image of it here.
guest_sum() { guest_run debian "dd if=/dev/$1 bs=1M count=8 iflag=direct 2>/dev/null | sha256sum" 240; }
qcow2_sum() { qemu-img convert -f qcow2 -O raw "$WORK/image.qcow2" "$WORK/back" && head -c 8M "$WORK/back" | sha256sum; }
root_sum='echo 3 >/proc/sys/vm/drop_caches; sha256sum </root/data' # from the disk, not from its memory
nothing_shown() { [ -z "$(ls -A /run/block-qemu 2>/dev/null)" ] && ! grep /run/block-qemu /proc/mounts && ! pidof qemu-storage-daemon; }

# read_as VDEV SPEC...: comes, is what the raw file is, is not written to, goes.
read_as() {
    local vdev=$1
    shift
    ok "$vdev: block-attach $1" $TOOL block-attach debian "$@"
    ok "$vdev: the guest sees it" wait_until 60 guest_run debian "[ -b /dev/$vdev ]"
    ok "$vdev: and reads what it was made of" same "$formats_sum" "$(guest_sum "$vdev")"
    ok "$vdev: block-detach" $TOOL block-detach debian "$vdev"
}

if [ -d ./qemu ]; then
    ok "formats: images" formats_ready
    ok "formats: a guest whose root is qcow2, over the raw one" \
        create debian "disk=[\"format=qcow2,vdev=xvda,access=rw,target=$WORK/debian.qcow2\"]"
    ok "formats: it is up" guest_up debian
    ok "formats: it writes to its root" guest_run debian 'dd if=/dev/urandom of=/root/data bs=1M count=4 conv=fsync' 120
    sum=$(guest_run debian 'sha256sum </root/data' 60)
    read_as xvdp "tap:vhd:$WORK/image.vhd" xvdp r
    read_as xvdq "format=vhdx,vdev=xvdq,access=ro,target=$WORK/image.vhdx"
    read_as xvdr "format=vmdk,vdev=xvdr,access=ro,target=$WORK/image.vmdk"
    read_as xvds "vdev=xvds,access=ro,script=block-qemu,target=nbd://127.0.0.1/web"
    ok "formats: a qcow2 disk to write to" $TOOL block-attach debian "tap:qcow2:$WORK/image.qcow2" xvdt w
    ok "formats: the guest sees it" wait_until 60 guest_run debian '[ -b /dev/xvdt ]'
    written=$(guest_run debian 'cat /root/data /root/data | sha256sum')
    ok "formats: it fills it" guest_run debian \
        'cat /root/data /root/data | dd of=/dev/xvdt bs=1M iflag=fullblock oflag=direct conv=fsync' 120
    ok "formats: and reads what it wrote" same "$written" "$(guest_sum xvdt)"
    ok "formats: the same image a second time is refused" refused 1 "in use by domain debian" \
        $TOOL block-attach debian "tap:qcow2:$WORK/image.qcow2" xvdu w
    ok "formats: its root is what it was" same "$sum" "$(guest_run debian "$root_sum" 120)"
    ok "formats: the storage daemons are killed" killall -9 qemu-storage-daemon
    ok "formats: the guest reads on" same "$written" "$(guest_sum xvdt)"
    ok "formats: its root as well" same "$sum" "$(guest_run debian "$root_sum" 120)"
    ok "formats: block-detach" $TOOL block-detach debian xvdt
    ok "formats: what it wrote is in the image" same "$written" "$(qcow2_sum)"
    ok "formats: a vmdk to write to is refused" refused 1 "vmdk" $TOOL block-attach debian "format=vmdk,vdev=xvdr,access=rw,target=$WORK/image.vmdk"
    ok "formats: shutdown" $TOOL shutdown -w debian
    ok "formats: it is gone" wait_until 60 domain_gone debian
    ok "formats: no daemon, no file of them is left" wait_until 60 nothing_shown
    ok "formats: the image is whole" qemu-img check -q "$WORK/debian.qcow2"
    kill "$(cat "$WORK/nbd.pid")"
    rm -f "$WORK"/{raw,back,image.*,debian.qcow2}
else
    skip "formats" "no qemu-storage-daemon on the host"
fi
