# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What xen-create-image of Debian's xen-tools wrote on another machine (tests/system/run-xen-tools), as it wrote it: the
# configuration, with the kernel on the guest's own disk, and a Debian that debootstrap has put there.
# shellcheck source=tests/system/pair.sh
. ./pair.sh
disk=$(shared_disk)
# Where the configuration says that the image is.
place=$(mount -o ro "$disk" /mnt && sed -n "s|.*'file:\(.*\)/domains/.*|\1|p" /mnt/tools.cfg && umount /mnt)

ok "xen-tools: the disk is where it was made" eval 'mkdir -p "$place" && mount "$disk" "$place"'
echo "# pygrub says: $(pygrub -n "$place/domains/tools/disk.img")"
cp "$place/tools.cfg" /etc/xen/tools
ok "xen-tools: create" create tools
ok "xen-tools: its console has a login" wait_for_text 900 /var/log/xen/guest-tools.log 'tools login:'
ok "xen-tools: its network answers" wait_until 60 ping -c1 -W5 10.0.2.34
ok "xen-tools: it is told to reboot" $TOOL reboot -w tools
ok "xen-tools: and comes again" wait_until 900 eval '[ "$(grep -ac "tools login:" /var/log/xen/guest-tools.log)" -ge 2 ]'
ok "xen-tools: shutdown" $TOOL shutdown -w tools
ok "xen-tools: it is gone" wait_until 120 domain_gone tools
umount "$place"
rm /etc/xen/tools
