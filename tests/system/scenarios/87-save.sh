# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest is saved, restored and goes on: its processes, its disk, its network, its clock.  A bad
# file is refused and leaves nothing.  (A file of Xen's own `xl save` in $SAVED_BY_PEER, if the
# machine has one, is restored as well.)
SAVED=/run/guest.save
same_boot() { guest_run debian 'cat /proc/sys/kernel/random/boot_id'; }
process_lives() { guest_run debian 'kill -0 $(cat /run/pid) && cat /run/kept'; }
if [ "$TOOL" = xm ]; then
    ok "save: xm new" xm new /etc/xen/debian memory=128
    ok "save: xm start" xm start debian
else
    ok "save: create debian" create debian memory=128
fi
ok "save: it is up" guest_up debian
ok "save: it has a process and a file" guest_run debian \
    'sleep 100000 & echo $! >/run/pid; echo kept >/run/kept; sha256sum /bin/bash >/run/sum'
before=$(same_boot)
console_close debian
if [ "$TOOL" = xm ]; then
    ok "suspend: xm suspend" xm suspend debian
    ok "suspend: a start is refused" refused 1 "is suspended" xm start debian
    ok "suspend: xm resume" xm resume debian
fi
ok "save: with -c it goes on" $TOOL save -c debian "$SAVED"
ok "save: its console answers" guest_attach debian
ok "save: it is the same boot" test "$(same_boot)" = "$before"
console_close debian
ok "save: to a file" $TOOL save debian "$SAVED"
only_dom0() { same "$(xenstore-list /local/domain | xargs)" 0; } # the definition stays
ok "save: it is gone" only_dom0
ok "save: the file says what it is" grep -qam1 '^Xen saved domain, xl format' "$SAVED"
ok "save: restore" $TOOL restore "$SAVED"
ok "save: its console answers again" guest_attach debian
ok "save: it is the same boot still" test "$(same_boot)" = "$before"
ok "save: its process lives" process_lives
ok "save: its disk is read and written" guest_run debian \
    'echo 3 >/proc/sys/vm/drop_caches; sha256sum -c /run/sum && dd if=/dev/zero of=/root/new bs=64k count=16 conv=fsync'
ok "save: its network answers" wait_until 30 ping -c1 -W1 10.0.2.21
ok "save: its clock is right" clock_agrees guest_run debian 'date +%s'
ok "save: a second one of that name is refused" refused 1 "already" $TOOL restore "$SAVED"
console_close debian
ok "save: destroy" $TOOL destroy debian
# Who reads what came from elsewhere: seen while it waits for the rest.  Half a stream: a configuration, and libxc's
# heads (dom0-tools/stream/head.c, image.c).
half_a_stream() {
    perl -e 'my $conf = q({"c_info":{"type":"pv","name":"half","uuid":"00000000-0000-0000-0000-000000000087"},
        "b_info":{"max_memkb":65536,"target_memkb":65536,"type.pv":{}}}) . "\0";
        print "Xen saved domain, xl format\n \0 \r", pack("L<5", 0x01020304, 3, 0, 4 + length $conf, length $conf), $conf;
        print "LibxlFmt", pack("N2 L<2", 2, 0, 1, 0), pack("N2 a4 N3", ~0, ~0, "XENF", 3, 0, 0);
        print pack("L<S<2L<2", 1, 12, 0, 4, 17)'
}
reader() { cat "/proc/$(pgrep -P "$restorer")/$1"; }
reader_waits() { reader status | grep -q '^Seccomp:.*2$'; }
reader_has() { reader status | awk -v key="$1:" '$1 == key { print $2 }'; }
reader_holds() { find "/proc/$(pgrep -P "$restorer")/fd" -type l -printf '%l\n' | sed 's/:.*//' | sort | xargs; }
# read_apart WHAT DESCRIPTORS FEEDER...: what it writes is read without rights, while the rest is waited for.
read_apart() {
    mkfifo "$SAVED.half"
    ("${@:3}"; exec sleep infinity) >"$SAVED.half" &
    feeder=$!
    xm restore "$SAVED.half" >"$WORK/restorer" 2>&1 &
    restorer=$!
    ok "save: a process of its own reads $1" wait_until 300 reader_waits
    ok "save: $1: as nobody" same 65534 "$(reader_has Uid)"
    ok "save: $1: without capabilities" same 0000000000000000 "$(reader_has CapEff)"
    ok "save: $1: it has nothing but what it needs" same "$2" "$(reader_holds)"
    kill "$feeder"
    wait "$restorer"
    ok "save: $1: it ended early" contains "$WORK/restorer" truncated
    ok "save: $1: no domain is left of it" only_dom0
    rm "$SAVED.half"
}
half_a_head() { half_a_stream | head -c 100; }
if [ "$TOOL" = xm ]; then
    read_apart "the configuration" "$SAVED.half socket" half_a_head
    read_apart "the guest" "/dev/xen/privcmd $SAVED.half socket" half_a_stream
fi
head -c 20000000 "$SAVED" >"$SAVED.cut"
ok "save: a truncated file is refused" refused 1 "truncated" $TOOL restore "$SAVED.cut"
cp "$SAVED" "$SAVED.cut"
printf '\377' | dd of="$SAVED.cut" bs=1 seek=36 conv=notrunc status=none
ok "save: a file of newer tools is refused" refused 1 "newer tools" $TOOL restore "$SAVED.cut"
ok "save: no domain is left of them" only_dom0
if [ -f "${SAVED_BY_PEER:-/nowhere}" ]; then
    ok "save: a file of xl on Xen is restored" $TOOL restore "$SAVED_BY_PEER"
    ok "save: that guest answers" guest_attach debian
    console_close debian
    ok "save: destroy it" $TOOL destroy debian
fi
[ "$TOOL" != xm ] || ok "suspend: delete" xm delete debian
rm -f "$SAVED" "$SAVED.cut"
