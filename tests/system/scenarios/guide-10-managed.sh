# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The hands-on guide (its installation, boot loader, display and saving are more/guide-20-install): its config as
# printed, the sparse image, create, console, new, start, devices that come and go, delete.
GUIDE=/run/guide
mkdir -p "$GUIDE"
quoted() { sed "s/'/‘/g" /etc/xen/test1; }
guide_config() { # NAME IMAGE: the guide's file, with this machine's kernel, disk and network
    cat >"/etc/xen/$1" <<END
name='$1'
memory=192
ramdisk='/srv/guests/initrd.img'
kernel='/srv/guests/vmlinuz'
disk=[ 'file:/srv/guests/debian.img,xvda,w!' ]
root="/dev/xvda ro"
vif=[ 'bridge=xenbr0' ]
vcpus=2
extra="console=hvc0 loglevel=5 hostname=$1 ip=10.0.2.31::10.0.2.2:255.255.255.0"
on_reboot="destroy"
on_crash="destroy"
END
}
blocks() { stat -c %b "$1"; }
guest_disks() { guest_run test1 'ls /sys/block'; }
guest_nics() { guest_run test1 'ls /sys/class/net'; }

if [ "$TOOL" = xm ]; then
    guide_config test1
    ok "guide: the image takes no room" eval 'dd if=/dev/zero of=$GUIDE/test1disk.img seek=100 count=1 bs=1M status=none &&
        [ "$(blocks $GUIDE/test1disk.img)" -lt 4096 ]'
    quoted >"$GUIDE/quoted"
    ok "guide: typographic quotes are refused with the mend" refused 1 "quot" xm create -n "$GUIDE/quoted"
    ok "guide: xm new test1" xm new test1
    ok "guide: it is listed, without a number" contains <(xm list) '^test1 * 192 *2  *0.0$'
    ok "guide: xl does not show it" refused 1 "test1 is an invalid domain identifier" xl list test1
    ok "guide: xm start test1" xm start test1
    ok "guide: a second start is refused" refused 1 "running already" xm start test1
    ok "guide: xm console test1" guest_up test1
    ok "guide: delete is refused while it runs" refused 1 "is running" xm delete test1
    ok "guide: block-attach" xm block-attach test1 "file:$GUIDE/test1disk.img" xvdb w
    ok "guide: the guest sees the disk" wait_until 30 eval 'guest_disks | grep -q xvdb'
    ok "guide: it writes to it" guest_run test1 'dd if=/dev/urandom of=/dev/xvdb bs=1M count=2 oflag=direct'
    ok "guide: the image is still sparse" test "$(blocks "$GUIDE/test1disk.img")" -lt 16384
    ok "guide: the same image a second time is refused" refused 1 "in use by domain test1" \
        xm block-attach test1 "file:$GUIDE/test1disk.img" xvdc w
    ok "guide: block-detach" xm block-detach test1 xvdb
    ok "guide: the guest has lost it" wait_until 30 eval '! guest_disks | grep -q xvdb'
    ok "guide: network-attach" xm network-attach test1 bridge=xenbr0 mac=00:16:3e:00:00:77
    ok "guide: the guest sees the NIC" wait_until 30 eval 'guest_nics | grep -q eth1'
    ok "guide: its interface is a port of the bridge" test -d "/sys/class/net/xenbr0/brif/vif$(domid test1).1"
    ok "guide: network-list shows it" contains <(xm network-list test1) '00:16:3e:00:00:77'
    ok "guide: network-detach by address" xm network-detach test1 00:16:3e:00:00:77
    ok "guide: the guest has lost it" wait_until 30 eval '! guest_nics | grep -q eth1'
    ok "guide: and dom0 its interface" wait_until 10 eval '! test -e "/sys/class/net/vif$(domid test1).1"'
    ok "guide: top shows it" contains <(xm top -b -i 1) '^ *test1 '
    ok "guide: pause" xm pause test1
    ok "guide: it says so" same paused "$(xm domstate test1)"
    ok "guide: unpause" xm unpause test1
    ok "guide: info counts it" eval '[ "$(info free_memory)" -gt 0 ]'
    ok "guide: rename, then reboot, ends as on_reboot says" xm rename test1 other
    ok "guide: xm reboot" xm reboot other
    ok "guide: the domain ends" wait_until 90 eval '! xm domid other 2>/dev/null | grep -q .'
    console_close test1
    ok "guide: its definition stays, under the new name" contains <(xm list) '^other  *192 '
    ok "guide: xm delete" xm delete other
    ok "guide: it is gone from the list" refused 3 "Domain 'other' does not exist" xm list other
    rm -rf "$GUIDE" /etc/xen/test1
    images=/var/lib/xen/images templates=/var/lib/xen/templates
    mkdir -p $templates
    truncate -s 16M $templates/small.img
    sed 's|^name .*||; s|^disk .*|disk = [ "file:/var/lib/xen/templates/small.img,xvda,w" ]|' /etc/xen/mini >$templates/small.cfg
    ok "guide: xm new --from-template" xm new --from-template small web memory=12
    ok "guide: the copy has its size, and the holes" same "16777216 0" "$(stat -c '%s %b' $images/web.img)"
    ok "guide: xm start" xm start web
    ok "guide: it has the copy as its disk" contains <(xm list --long web) "(params $images/web.img)"
    ok "guide: a second one of the name is refused" refused 1 "Domain 'web' is defined already" \
        xm new --from-template small web
    ok "guide: xm destroy" xm destroy web
    ok "guide: xm delete keeps the image" eval 'xm delete web && [ -f $images/web.img ]'
    rm -rf $images/web.img $templates
else
    skip "guide: managed domains" "xl has none"
fi
