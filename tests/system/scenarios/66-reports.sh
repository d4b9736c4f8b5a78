# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What users of Xen reported, and what a tool should have told them.
attached_until() { # OPTION-OF-mini: what create -c shows of a guest that ends at once
    timeout 60 socat -u "EXEC:$TOOL create -c /dev/null name=brief kernel=/opt/hospes/boot/mini memory=8 extra=$1 \
        on_poweroff=destroy on_crash=destroy,pty,setsid,ctty,rawer" -
}
whole() {
    attached_until "$1" >"$WORK/brief" 2>&1
    grep -q "domain unprivileged, '$1'" "$WORK/brief" || { cat "$WORK/brief"; return 1; }
}
in_use() { # DISKS PATTERN
    refused 1 "$2" mini name=taker extra=idle "disk=[$1]"
}

if [ "$TOOL" = xm ]; then
    for end in halt triplefault; do
        ok "create -c of a guest that ends by $end shows all that it said" whole $end
    done
    ok "who is not root is told so" refused 1 'run xm as root' setpriv --reuid 65534 --clear-groups xm list
    ok "for info, too" refused 1 'run xm as root' setpriv --reuid 65534 --clear-groups xm info
    ok "and to create" refused 1 'run xm as root' \
        setpriv --reuid 65534 --clear-groups xm create -q /dev/null name=n kernel=/opt/hospes/boot/mini
    # One image by all the names that it can have.
    truncate -s 8M "$WORK/shared.img"
    ln -s shared.img "$WORK/link.img"
    ln "$WORK/shared.img" "$WORK/second.img"
    ok "a guest with an image" mini name=owner extra=idle \
        "disk=['file:$WORK/shared.img,xvda,w']"
    for name in shared link second; do
        ok "by its name $name.img it is in use" in_use "'file:$WORK/$name.img,xvda,w'" 'in use by domain owner'
    done
    ok "for a reader as well" in_use "'file:$WORK/shared.img,xvda,r'" 'in use by domain owner'
    loop=$(losetup -f --show "$WORK/second.img")
    ok "and as phy: of a loop device" in_use "'phy:$loop,xvda,w'" 'in use by domain owner'
    losetup -d "$loop"
    ok "w! takes it all the same" mini name=taker extra=idle \
        "disk=['file:$WORK/shared.img,xvda,w!']"
    ok "destroy both" eval 'xm destroy taker && xm destroy owner'
    ok "twice in one config" in_use "'file:$WORK/shared.img,xvda,w','file:$WORK/link.img,xvdb,w'" 'xvd'
    mkfs.ext4 -q "$WORK/shared.img"
    mkdir -p "$WORK/mnt"
    mount -o loop "$WORK/shared.img" "$WORK/mnt"
    ok "while dom0 has it mounted, the place is told" in_use "'file:$WORK/second.img,xvda,w'" "$WORK/mnt"
    umount "$WORK/mnt"
    rm "$WORK/shared.img" "$WORK/link.img" "$WORK/second.img"
    ok "a guest that holds memory" mini name=holder memory=16 extra=idle
    ok "what is asked for, what is free, and who holds the rest" refused 1 \
        '99999 MiB wanted, but only [0-9]* MiB are free (Domain-0 holds [0-9]* MiB, holder holds 16 MiB)' \
        mini name=big memory=99999
    ok "destroy it" xm destroy holder
fi
