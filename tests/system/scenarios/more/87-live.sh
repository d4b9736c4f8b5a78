# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest that writes to its memory all the time is sent to this very host while it runs, under
# another name: what it had in memory is there and whole, and what was written last, too.
# Eight megabytes rewritten again and again, each beside a copy that is its inverse; `bad` if one differs.
# One process: QEMU keeps what it translated of each one that a guest ever ran, by page, and takes
# seconds to clear a page on which thousands have run.
writer='open my $random, "<", "/dev/urandom"; my $ones = "\xff" x 1000000;
sub put { open my $f, ">", "/run/$_[0]" or die; print $f $_[1] }
for (my $n = 1; ; $n++) {
    my $i = $n % 8;
    put("bad", "round $n") if defined $m[$i] && $m[$i] ne ($c[$i] ^ $ones);
    read($random, $m[$i], 1000000) == 1000000 or put("bad", "no random bytes");
    $c[$i] = $m[$i] ^ $ones;
    put("rounds", $n);
}'
writer_starts() {
    guest_run "$1" ': >/run/bad' && guest_perl "$1" writer "$writer"
}
writer_is_well='a=$(cat /run/rounds); for i in $(seq 300); do [ $(cat /run/rounds) -gt $((a + 9)) ] && break; sleep 0.2; done; [ $(cat /run/rounds) -gt $((a + 9)) ] && ! grep . /run/bad'
only() { [ "$($TOOL list | awk 'NR > 2 { print $1 }' | xargs)" = "$1" ]; }
debian_as debian 00:16:3e:00:00:01
debian_as moved 00:16:3e:00:00:31
ok "live: create" $TOOL create "$WORK/debian.cfg" memory=256
ok "live: it is up" guest_up debian
ok "live: it writes" writer_starts debian
boot=$(guest_run debian 'cat /proc/sys/kernel/random/boot_id')
console_close debian
ok "live: it moves" move_here debian moved
sed 's/^/# /' "$WORK/out"
ok "live: the one is left" wait_until 30 only moved
ok "live: its console answers" guest_attach moved
ok "live: it is the same boot" test "$(guest_run moved 'cat /proc/sys/kernel/random/boot_id')" = "$boot"
ok "live: what it writes is whole" guest_run moved "$writer_is_well" 120
if [ "$TOOL" = xm ]; then
    ok "live: it takes longer than it may" refused 1 "goes on here" move_here moved debian --timeout 1
    ok "live: only the sender's copy is there" wait_until 30 only moved
    ok "live: and works on" guest_run moved "$writer_is_well" 120
fi
console_close moved
ok "live: destroy" $TOOL destroy moved
