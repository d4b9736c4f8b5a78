# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Cores: of a guest on command and of one that crashed; beside them, where Debian's xl is there, one
# by it of the same paused guest.
core=/run/test/core
peer=/run/test/core.xl
section() { ./elf-sections "$1" | awk -v name="$2" -v column="$3" '$1 == name { print $column }'; }
content() { # FILE SECTION
    dd if="$1" bs=4096 iflag=skip_bytes,count_bytes skip="$(section "$1" "$2" 3)" \
        count="$(section "$1" "$2" 4)" status=none
}
# Names, types and sizes of elements; xl also has a size for all.
layout() { ./elf-sections "$1" | awk '{ print $1, $2, $5 }' | sort; }
pages() { echo $(($(section "$1" .xen_pages 4) / 4096)); }
has_all_sections() {
    local name
    for name in .note.Xen .xen_prstatus .xen_shared_info .xen_p2m .xen_pages; do
        [ -n "$(section "$1" $name 4)" ] || { echo "no $name"; return 1; }
    done
}
# The first vCPU's rip lies in the kernel's half; user_regs follows 512 bytes of FPU and 8 of flags.
rip() { od -An -j $(($(section "$1" .xen_prstatus 3) + 520 + 16 * 8)) -N 8 -t x8 "$1" | tr -d ' '; }

ok "create debian" create debian memory=128
ok "it is up" guest_up debian
ok "pause" $TOOL pause debian
ok "dump-core" $TOOL dump-core debian $core
ok "the core has its sections" has_all_sections $core
ok "every page has its number" same "$(pages $core)" "$(($(section $core .xen_p2m 4) / 16))"
ok "as many as the guest has" test "$(pages $core)" -ge $((128 * 255))
ok "its kernel's words are in it" eval "content $core .xen_pages | grep -qa 'guest debian: up after'"
ok "the vCPU is somewhere" test "$(rip $core)" != 0000000000000000
if [ "$TOOL" = xm ] && [ -e $core ]; then
    ok "Debian's xl writes one, too" /usr/lib/xen-4.17/bin/xl dump-core debian $peer
    ok "of the same sections" same "$(layout $peer)" "$(layout $core)"
    for name in .xen_prstatus .xen_p2m; do
        ok "with the same $name" cmp <(content $core $name) <(content $peer $name)
    done
    # Between the two dom0 may have sent events to the paused guest and written to its rings.
    ok "with the same .xen_shared_info but for events" \
        cmp <(content $core .xen_shared_info | tail -c +2561) <(content $peer .xen_shared_info | tail -c +2561)
    # In its rings, and in a buffer for each packet that the bridge had for it.
    ok "with the same .xen_pages but for a few" test "$(cmp -l <(content $core .xen_pages) \
        <(content $peer .xen_pages) | awk '{ page[int(($1 - 1) / 4096)] = 1 } END { print length(page) }')" -le 64
    ok "unpause" xm unpause debian
    ok "by default it goes to xm's directory" eval 'xm dump-core -L debian && ls /var/xen/dump/*-debian.*.core'
    ok "which runs on" guest_run debian true
    ok "a device is no place" refused 1 'is not a file' xm dump-core debian /dev/null
    ok "Domain-0 does not dump itself" refused 1 'Domain-0 cannot' xm dump-core 0
    ok "an unknown one" refused 3 'does not exist' xm dump-core nosuch
    rm -rf /var/xen/dump
    ok "a guest that crashes, coredump-destroy" xm create -q /dev/null kernel=/opt/hospes/boot/mini memory=8 \
        name=bad on_crash=coredump-destroy extra=triplefault
    ok "it is gone" wait_until 60 domain_gone bad
    ok "and has left a core" has_all_sections "$(echo /var/xen/dump/*-bad.*.core)"
    ok "of its end's state" test "$(pages /var/xen/dump/*-bad.*.core)" -ge 2048
fi
rm -rf $core $peer /var/xen/dump
