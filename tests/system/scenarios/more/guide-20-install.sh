# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The hands-on guide's installation: an installer's kernel and RAM disk from outside, a local tree served
# to it, a sparse disk; on_reboot="destroy" ends it.  Then its config is edited as the guide says, the
# installed guest is xend's, a second one runs from a copied image, a viewer looks at that one's display, and the
# first is suspended and resumed, saved to a file and restored.
: "${RESULTS:=$WORK}"
SERVED=$WORK/served
DISK1=/srv/guests/test1disk.img DISK2=/srv/guests/test2disk.img
ADDRESS=10.0.2.15

# The tree: what Debian's packages have put on the guests' image, without what a small guest does not read.
serve_tree() {
    mkdir -p "$SERVED" "$WORK/tree" && mount -o ro,loop /srv/guests/nat.img "$WORK/tree" &&
        tar -c -C "$WORK/tree" -f "$SERVED/debian.tar" --exclude=./usr/share/?* --exclude=./var/cache/?* \
            --exclude=./usr/lib/x86_64-linux-gnu/{perl,perl-base,gconv} --exclude=./lost+found . &&
        tar -r -C /srv/guests -f "$SERVED/debian.tar" --transform 's|^|boot/|' vmlinuz initrd.img &&
        umount "$WORK/tree" &&
        printf '%s\n' "url=http://$ADDRESS/debian.tar" \
            'bootline=root=/dev/xvda1 rw console=hvc0 loglevel=5' >"$SERVED/ks.cfg" || return
    socat "TCP-LISTEN:80,bind=$ADDRESS,fork,reuseaddr" "EXEC:$PWD/scenarios/more/installer/serve $SERVED" &
    server=$!
}
make_installer() {
    local programs
    mapfile -t programs < <(command -v /bin/bash tar mke2fs mount umount insmod ip sfdisk cat mkdir mkfifo sleep sync cut)
    cp /srv/guests/initrd.img "$WORK/initrd.img" && cp /srv/guests/vmlinuz "$WORK/vmlinuz" &&
        ./scenarios/more/installer/ramdisk ./scenarios/more/installer/init "${programs[@]}" >>"$WORK/initrd.img"
}
install_config() {
    cat >/etc/xen/test1 <<END
name='test1'
memory=256
ramdisk='$WORK/initrd.img'
kernel='$WORK/vmlinuz'
disk=[ 'file:$DISK1,xvda,w' ]
root="/dev/xvda1 ro"
vif=[ 'bridge=xenbr0' ]
vcpus=2
extra="console=hvc0 loglevel=5 ip=10.0.2.31 netmask=24 gateway=10.0.2.2 ks=http://$ADDRESS/ks.cfg"
on_reboot="destroy"
on_crash="destroy"
END
}
run_config() { # NAME DISK ADDRESS [LINE...]: the file as it is edited afterwards
    cat >"/etc/xen/$1" <<END
name='$1'
memory=128
#ramdisk='$WORK/initrd.img'
#kernel='$WORK/vmlinuz'
disk=[ 'file:$2,xvda,w' ]
#root="/dev/xvda1 ro"
vif=[ 'bridge=xenbr0' ]
vcpus=1
extra="hostname=$1 ip=$3::10.0.2.2:255.255.255.0"
bootloader="/usr/bin/pygrub"
on_reboot="restart"
on_crash="destroy"
END
    printf '%s\n' "${@:4}" >>"/etc/xen/$1"
}
no_domain() { ! xm domid "$1" 2>/dev/null | grep -q .; }
boot_of() { guest_run "$1" 'cat /proc/sys/kernel/random/boot_id'; }
same_life() { # NAME BOOT: it goes on
    guest_attach "$1" && same "$2" "$(boot_of "$1")" && guest_run "$1" 'sync && dd if=/dev/xvda of=/dev/null bs=1M count=1 iflag=direct'
}
kib() { du -k "$1" | cut -f 1; }

if [ "$TOOL" = xm ]; then
    ok "guide: a tree and the installer's answers are served" serve_tree
    ok "guide: the installer's kernel and RAM disk" make_installer
    ok "guide: an empty disk" dd if=/dev/zero of=$DISK1 oflag=direct seek=10000 count=1 bs=1M status=none
    install_config
    ok "guide: xm create test1" xm create test1
    ok "guide: the installer has done its work" wait_for_text 900 /var/log/xen/guest-test1.log 'installer: done after'
    ok "guide: its reboot ends it" wait_until 300 no_domain test1
    kill "$server"
    ok "guide: the disk takes what is on it" test "$(kib $DISK1)" -lt 300000
    ok "guide: the image is copied" cp --sparse=always $DISK1 $DISK2
    run_config test1 $DISK1 10.0.2.31
    run_config test2 $DISK2 10.0.2.34 "vfb=[ 'vnc=1,vnclisten=0.0.0.0' ]"
    ok "guide: xm new test1" xm new test1
    ok "guide: xm start test1" xm start test1
    ok "guide: xm create test2" xm create test2
    ok "guide: its display is at port 5900" eval 'ss -Hltn sport = :5900 | grep -q LISTEN'
    ok "guide: xm console test1" guest_up test1
    ok "guide: it runs from its own partition" contains <(guest_run test1 'cat /proc/mounts') '^/dev/xvda1 / ext4'
    ok "guide: it is Debian" contains <(guest_run test1 'cat /etc/os-release') '^ID=debian'
    ok "guide: xm console test2" guest_up test2
    ok "guide: the two reach each other" guest_run test2 'ping -c 1 -W 10 10.0.2.31'
    ok "guide: a viewer looks at test2" ./viewer 127.0.0.1 5900 '' '' "$RESULTS/guide-test2.ppm"
    ok "guide: and keeps its picture" test -s "$RESULTS/guide-test2.ppm"
    boot=$(boot_of test1)
    console_close test1
    ok "guide: xm suspend test1" xm suspend test1
    ok "guide: xm resume test1" xm resume test1
    ok "guide: it goes on" same_life test1 "$boot"
    console_close test1
    ok "guide: xm save test1" xm save test1 "$WORK/test1.save"
    ok "guide: xm restore" xm restore "$WORK/test1.save"
    ok "guide: it goes on again" same_life test1 "$boot"
    ok "guide: the two reach each other still" guest_run test2 'ping -c 1 -W 10 10.0.2.31'
    ok "guide: shutdown" eval 'xm shutdown -w test1 && xm shutdown -w test2'
    console_close_all
    ok "guide: both are gone" wait_until 300 eval 'no_domain test1 && no_domain test2'
    ok "guide: test1 stays defined" contains <(xm list) '^test1 '
    ok "guide: xm delete" xm delete test1
    rm -rf "$SERVED" $DISK1 $DISK2 /etc/xen/test1 /etc/xen/test2 "$WORK/initrd.img" "$WORK/vmlinuz" "$WORK/test1.save"
else
    skip "guide: an installed guest" "xl has no managed domains"
fi
