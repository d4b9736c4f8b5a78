# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Guests that bring their kernel: pygrub on a disk that is one file system with GRUB legacy's menu,
# and on one with a partition table and GRUB 2's; GRUB itself as the guest's kernel.
IMAGE=/srv/guests/debian2.img
PARTED=/srv/guests/parted.img
LINE="console=hvc0 loglevel=5 hostname=boot ip=10.0.2.33::10.0.2.2:255.255.255.0"

# put FILE-OF-DOM0 FILE-OF-THE-IMAGE
put() { debugfs -w -f - "$IMAGE" <<<"write $1 $2" >/dev/null 2>&1; }
boot_config() { # DISK [LINE...]
    printf '%s\n' "name='boot'; memory=256" "disk=['file:$1,xvda,w']" "vif=['bridge=xenbr0']" \
        "on_reboot='restart'" "${@:2}" >/etc/xen/boot
}
prepare_image() {
    cat >"$WORK/menu.lst" <<END
default 0
title Debian
root (hd0,0)
kernel /boot/vmlinuz root=/dev/xvda rw $LINE
initrd /boot/initrd.img
END
    cat >"$WORK/grub.cfg" <<END
set default="advanced>new"
set timeout=5
menuentry 'Old' { linux /boot/none }
submenu 'More' --id advanced {
    menuentry 'New' --id new {
        linux /boot/vmlinuz root=/dev/xvda1 rw $LINE from=grub2
        initrd /boot/initrd.img
    }
}
END
    debugfs -w -f - "$IMAGE" <<<"mkdir /boot/grub" >/dev/null 2>&1
    put /srv/guests/vmlinuz /boot/vmlinuz && put /srv/guests/initrd.img /boot/initrd.img &&
        put "$WORK/menu.lst" /boot/grub/menu.lst
}
prepare_parted() {
    debugfs -w -f - "$IMAGE" <<<"rm /boot/grub/menu.lst" >/dev/null 2>&1
    put "$WORK/grub.cfg" /boot/grub/grub.cfg
    truncate -s $(($(stat -c %s "$IMAGE") + 4194304)) "$PARTED"
    sfdisk -q "$PARTED" <<<$'label: gpt\nstart=2048,size='$(($(stat -c %s "$IMAGE") / 512))
    dd if="$IMAGE" of="$PARTED" bs=1M seek=1 conv=notrunc,sparse status=none
}
# Answer the menu as somebody at a terminal does, once it stands there; the answer goes to a file,
# because what a program writes last is lost with its terminal when it ends before that was read.  On a terminal that
# curses does not know; unit/boot choose/* types at one that it knows.
menu_answered() {
    local shown=$WORK/menu answer=$WORK/answer
    rm -f "$answer"
    : >"$shown"
    {
        wait_for_text 60 "$shown" 'More>New' >/dev/null && printf '7\n' &&
            wait_for_text 60 "$shown" 'no entry 7' >/dev/null && printf '2\n'
    } | timeout 180 socat -t 60 - \
        "EXEC:env TERM=none pygrub -i -n --output=$answer $PARTED,pty,setsid,ctty,stderr" >"$shown" 2>&1
    contains "$shown" 'no entry 7' && contains "$answer" 'kernel /boot/vmlinuz'
}
cpu_of() { # COMMAND...: its seconds of CPU time
    local TIMEFORMAT='%U %S'
    { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}

ok "boot: a disk with a menu" prepare_image
boot_config "$IMAGE" "bootloader='/usr/bin/pygrub'"
ok "pygrub names the kernel" contains <(pygrub -n "$IMAGE") '^linux (kernel /boot/vmlinuz)(ramdisk /boot/initrd.img)(args "root=/dev/xvda rw'
echo "# pygrub to the kernel's name: $(cpu_of pygrub -n "$IMAGE") s of CPU time, emulated"
ok "a dry run reads it" $TOOL create -n /etc/xen/boot
ok "create" create boot
ok "its kernel came from the disk" same /boot/vmlinuz \
    "$(xenstore-read "$(xenstore-read "/local/domain/$(domid boot)/vm")/image/kernel")"
ok "it is up" guest_up boot
export before
before=$(domid boot)
console_close boot
ok "it is told to reboot" $TOOL reboot boot
ok "and starts again from its disk" wait_until 400 eval '[ "$(domid boot 2>/dev/null || echo $before)" -gt $before ]'
ok "it is up again" guest_up boot 400
ok "shutdown" $TOOL shutdown -w boot
ok "it is gone" wait_until 60 domain_gone boot
console_close boot

ok "boot: a disk with a partition table" prepare_parted
boot_config "$PARTED" "bootloader='pygrub'; extra='more=1'"
ok "the menu is shown, and an entry chosen" menu_answered
ok "create" create boot
ok "it is up" guest_up boot
ok "with the menu's arguments and the config's" contains <(guest_run boot 'cat /proc/cmdline') 'from=grub2 more=1'
ok "shutdown" $TOOL shutdown -w boot
ok "it is gone" wait_until 60 domain_gone boot
console_close boot

ok "a disk without a kernel is refused by name" refused 1 'bootloader: /srv/guests/nat.img: no boot menu' \
    $TOOL create /dev/null name=boot memory=64 bootloader=pygrub disk=file:/srv/guests/nat.img,xvda,w
ok "as is an entry that is not there" refused 1 "no entry '9'" create boot bootentry=9

# GRUB 2 for PV guests, as Debian packages it, reads the same disk inside the guest.
boot_config "$PARTED" "kernel='/usr/lib/grub-xen/grub-x86_64-xen.bin'"
ok "PvGrub: create" create boot
ok "PvGrub: it boots the guest" guest_up boot
ok "PvGrub: with the menu's arguments" contains <(guest_run boot 'cat /proc/cmdline') 'from=grub2'
ok "shutdown" $TOOL shutdown -w boot
ok "it is gone" wait_until 60 domain_gone boot
rm -f "$PARTED" /etc/xen/boot
