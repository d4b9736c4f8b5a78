# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A driver domain: debian2 with our tools in its disk serves disks and a NIC to debian, whose root is one of them.
# What it serves is on its own disks and its own bridge.  RETURNS=N: how often it is killed and comes back once more.
DRIVER=debian2 IMAGE=/srv/guests/debian2.img
modules() { modprobe -aD xen-evtchn xen-gntdev tun bridge | awk '$1 == "insmod" { print $2 }'; }
libraries() { ldd "$@" | awk '$2 == "=>" { print $3 }' | sort -u; }
# The driver's disk: programs, their libraries, kernel modules, scripts, and what starts them.
outfit() {
    local root=$WORK/mnt file
    mkdir -p "$root"
    mount -o loop "$IMAGE" "$root" || return
    mkdir -p "$root"/{opt/hospes/bin,etc/xen,srv/modules,var/log/xen}
    cp -a /opt/hospes/bin/{xend,xm,xl,xenstore,xenstore-*,hospes-blk,hospes-net} "$root/opt/hospes/bin/" &&
        cp -aL /etc/xen/scripts "$root/etc/xen/" && cp -L "$(command -v insmod)" "$root/usr/sbin/insmod" || return
    for file in $(libraries "$root"/opt/hospes/bin/{xend,hospes-blk,hospes-net} "$root/usr/sbin/insmod"); do
        [ -e "$root$file" ] || cp -L "$file" "$root/usr/lib/x86_64-linux-gnu/" || return
    done
    for file in $(modules); do
        cp "$file" "$root/srv/modules/" && echo "insmod /srv/modules/${file##*/}"
    done >"$root/srv/begin"
    cat >>"$root/srv/begin" <<'END'
export PATH=/opt/hospes/bin:$PATH
ip link add br0 type bridge && ip link set eth0 master br0 && ip link set br0 up || exit
[ -e /srv/x.img ] || truncate -s 32M /srv/x.img
xl devd -p /run/devd.pid
END
    umount "$root"
}
driver_starts() {
    create $DRIVER "disk=[\"file:$IMAGE,xvda,w\",\"file:/srv/guests/nat.img,xvdb,w\"]" && guest_up $DRIVER &&
        guest_run $DRIVER "bash /srv/begin"
}
served() { # the devices' states of debian's in the driver, and what is left of them
    xenstore-ls -f "/local/domain/$(domid $DRIVER)/backend" 2>/dev/null | grep -c '/state = "4"'
}
head_sum() { # GUEST FILE: the sum of its first 8 MiB
    guest_run "$1" "dd if=$2 bs=1M count=8 iflag=direct 2>/dev/null | sha256sum" 120 | awk '{ print $1 }' | tail -n 1
}
workers() { guest_run $DRIVER "grep -h '^$1' \$(grep -l 'hospes-blk' /proc/[0-9]*/comm | sed 's/comm/status/')" | sort -u | xargs; }

ok "driver: its disk has the tools" outfit
ok "driver: it starts, with xl devd" driver_starts
ok "driver: a second xl devd is refused" guest_run $DRIVER "/opt/hospes/bin/xl devd -F 2>&1 | grep 'running already'"
ok "driver: a client whose root and NIC it serves" create debian \
    "disk=[\"phy:/dev/xvdb,xvda,w,$DRIVER\",\"file:/srv/x.img,xvdb,w,$DRIVER\"]" \
    "vif=[\"mac=00:16:3e:00:00:01,bridge=br0,backend=$DRIVER\"]"
ok "driver: the client boots from it" guest_up debian
ok "driver: three devices are connected there" same 3 "$(served)"
ok "driver: and none in dom0" same "" "$(xenstore-ls -f /local/domain/0/backend | grep "/$(domid debian)/")"
ok "driver: workers have no rights there either" eval "workers CapEff | grep -x 'CapEff: 0000000000000000 CapEff: 0000000000000020'"
ok "driver: and a filter of system calls" same "Seccomp: 2" "$(workers Seccomp:)"
ok "driver: the client writes" guest_run debian 'dd if=/dev/urandom of=/dev/xvdb bs=1M count=8 oflag=direct' 120
ok "driver: what it wrote is in the driver's file" same "$(head_sum debian /dev/xvdb)" "$(head_sum $DRIVER /srv/x.img)"
ok "driver: the client is reached through the driver's bridge" wait_until 60 ping -c 1 -W 2 10.0.2.21
ok "driver: block-list names the driver" eval "$TOOL block-list debian | grep -q '^51728 *$(domid $DRIVER) '"
ok "driver: its processes are killed" guest_run $DRIVER 'kill -9 $(pidof hospes-blk hospes-net)'
ok "driver: the client reads on" guest_run debian 'dd if=/dev/xvdb of=/dev/null bs=1M count=8 iflag=direct' 120
ok "driver: and is reached" wait_until 60 ping -c 1 -W 2 10.0.2.21
ok "driver: a disk of its own that is in use is refused" refused 1 'x.img is in use by domain debian' \
    $TOOL block-attach debian "file:/srv/x.img,xvdc,w,$DRIVER"
ok "driver: a file that is not there" refused 1 'by domain [0-9]*: cannot open /srv/none: No such file' \
    $TOOL block-attach debian "file:/srv/none,xvdc,w,$DRIVER"
ok "driver: no such bridge" refused 1 'by domain [0-9]*: vif-bridge: there is no bridge br9' \
    $TOOL network-attach debian "bridge=br9,backend=$DRIVER"
ok "driver: the disk goes" $TOOL block-detach debian xvdb
ok "driver: the NIC goes" $TOOL network-detach debian 0
ok "driver: its interface as well" wait_until 60 guest_run $DRIVER '! ls -d /sys/class/net/vif*'
# The driver ends while its client writes; another comes in its place.
ok "driver: disk and NIC come again" eval "$TOOL block-attach debian file:/srv/x.img,xvdb,w,$DRIVER && $TOOL network-attach debian \
    mac=00:16:3e:00:00:01,bridge=br0,backend=$DRIVER"
ok "driver: the client has an address again" guest_run debian 'ip link set eth0 up && ip address add 10.0.2.21/24 dev eth0'
ok "driver: what it is to write" guest_run debian 'dd if=/dev/urandom of=/run/data bs=1M count=16 2>/dev/null'
writes='for (my $n = 1; ! -e "/run/stop"; $n++) {
    system("for i in 0 4 8 12; do dd if=/run/data of=/dev/xvdb bs=1M count=4 skip=\$i seek=\$i oflag=direct || touch /run/bad & done; wait");
    open(my $out, ">", "/run/n"); print $out "$n\n";
}
open(my $over, ">", "/run/over");'
ok "driver: it writes all the time" guest_perl debian writes "$writes"
rounds_more() { (($(guest_run debian 'cat /run/n' | tail -n 1) > $1 + 1)); }
writes_on() { wait_until 60 rounds_more "$1" || { guest_run $DRIVER 'tail -n 20 /var/log/xen/xend.log'; return 1; }; }
ok "driver: round after round" writes_on 1
before=$(domid $DRIVER)
ok "driver: and once, elsewhere" guest_run debian 'dd if=/run/data of=/dev/xvdb bs=1M seek=16 oflag=direct' 120
driver_ends() { console_close $DRIVER; $TOOL destroy $DRIVER && n=$(guest_run debian 'cat /run/n' | tail -n 1); }
ok "driver: it is destroyed" driver_ends
ok "driver: its clients' devices are kept" same 4 "$(xenstore-read "/local/domain/$before/backend/vbd/$(domid debian)/51728/state")"
ok "driver: what it would serve is refused" refused 1 'does not run (start it first)' \
    $TOOL block-attach debian "file:/srv/y.img,xvdc,w,$DRIVER"
ok "driver: it starts again" driver_starts
ok "driver: under its number" same "$before" "$(domid $DRIVER)"
ok "driver: the client writes on" writes_on "$n"
comes_back() { driver_ends && driver_starts && writes_on "$n"; }
returns() { local i; for ((i = 0; i < $1; i++)); do comes_back || return; done; }
ok "driver: and whenever another comes" returns "${RETURNS:-2}"
ok "driver: without an error" guest_run debian 'touch /run/stop; until [ -e /run/over ]; do read -r -t 0.2 _; done; [ ! -e /run/bad ]' 120
ok "driver: what it wrote is there" guest_run debian 'cmp -n 16M /run/data /dev/xvdb && cmp -n 16M -i 0:16M /run/data /dev/xvdb' 120
ok "driver: its root as well" guest_run debian 'sync && ! dmesg | grep -E "I/O error|EXT4-fs error"' 120
ok "driver: and it is reached" wait_until 60 ping -c 1 -W 2 10.0.2.21
ok "driver: destroyed for good" driver_ends
ok "driver: the disk can be taken from the client" $TOOL block-detach debian xvdb
ok "driver: and all the rest with it" $TOOL destroy debian
