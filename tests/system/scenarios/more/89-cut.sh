# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A migration whose line is cut or damaged on the way, at POINTS places by chance (SEED) and at those that
# matter: the guest goes on here, never there too, and what was made of it elsewhere is gone.
SEED=${SEED:-89} POINTS=${POINTS:-20}
RANDOM=$SEED
# The line from sender to receiver: cut before byte N, one byte of it changed, or a length told wrong:
# that of the configuration (0) or of the N-th record.  What follows the last record are messages, from `cut-go N` on.
damage='my ($what, $n) = @ARGV; my $at = 0; my $records = 0;
binmode STDIN; binmode STDOUT; $| = 1; $SIG{PIPE} = "DEFAULT";
sub out { my ($b) = @_;
    if ($what eq "cut" && $at + length $b > $n) { print substr($b, 0, $n - $at); exit 0 }
    if ($what eq "flip" && $n >= $at && $n < $at + length $b) { substr($b, $n - $at, 1) ^= "\x41" }
    $at += length $b; print $b }
sub in { my ($left) = @_; my $b = "";
    while (length $b < $left) { sysread(STDIN, $b, $left - length $b, length $b) or do { out($b); exit 0 } }
    $b }
sub pass { my ($left) = @_; while ($left) { my $k = $left < 65536 ? $left : 65536; out(in($k)); $left -= $k } }
my $head = in(52); my $len = unpack "V", substr($head, 44, 4);
substr($head, 48, 4) = pack "V", $len + 1 if $what eq "length" && $n == 0;
out($head); pass($len - 4); pass(16 + 8 + 24 + 16);
for (;;) {
    my $r = in(8); my ($type, $len) = unpack "VV", $r;
    substr($r, 4, 4) = pack "V", $len + 8 if $what eq "length" && ++$records == $n;
    out($r); pass($len + (-$len & 7)); last if !$type;
}
pass(8); exit 0 if $what eq "cut-go" && $n == 0;
($at, $what) = (0, "cut") if $what eq "cut-go";
for (;;) { my $b; sysread(STDIN, $b, 4096) or exit 0; out($b) }'
echo "$damage" >"$WORK/damage"
damaged() { # WHAT N [OPTION...]
    xm migrate "${@:3}" -C "$WORK/moved.cfg" -s "perl $WORK/damage $1 $2 | xm migrate-receive #" debian here 2>&1
}
only() { [ "$(xm list | awk 'NR > 2 { print $1 }' | xargs)" = "$1" ]; }
alone_in_store() { same "$(xenstore-list /local/domain | xargs)" "0 $(domid "$1")"; }
no_receiver() { ! grep -qz '^migrate-receive$' /proc/[0-9]*/cmdline 2>/dev/null; }
# here WHAT N [OPTION...]: refused, and all is as it was.
here() {
    damaged "$@" >"$WORK/why" && { echo "it was taken: $*"; return 1; }
    wait_until 60 no_receiver && only debian && alone_in_store debian && return 0
    cat "$WORK/why"
    xm list
    return 1
}
# The state decides: a guest that has been suspended has been let go on.
goes_on() { wait_until 30 runs debian; }
runs() { case $(domain_state "$1") in *s*) return 1 ;; esac; }
if [ "$TOOL" != xm ]; then
    skip "cut" "its words are of xm"
else
    debian_as debian 00:16:3e:00:00:01
    debian_as moved 00:16:3e:00:00:31
    ok "cut: create" xm create "$WORK/debian.cfg" memory=96
    ok "cut: it is up" guest_up debian
    boot=$(guest_run debian 'cat /proc/sys/kernel/random/boot_id')
    console_close debian
    ok "cut: how long it is" xm save -c debian "$WORK/whole"
    whole=$(stat -c %s "$WORK/whole")
    rm "$WORK/whole"
    echo "# SEED=$SEED, $whole bytes"
    for at in 0 1 31 47 51 60 200; do
        ok "cut: in the head, byte $at" here cut "$at"
    done
    for ((i = 0; i < POINTS; i++)); do
        at=$(((RANDOM << 30 ^ RANDOM << 15 ^ RANDOM) % whole))
        live=''
        [ $((i % 2)) = 0 ] || live=--live
        # shellcheck disable=SC2086 # an option or none
        ok "cut: by chance, byte $at $live" here cut "$at" $live
    done
    for at in 5 31 32 36 46; do
        ok "cut: byte $at of the head is another" here flip "$at"
    done
    for at in 0 1 3 4 5; do
        ok "cut: the length of record $at is a lie" here length "$at"
    done
    ok "cut: it goes on" goes_on
    # The receiver, which has not heard the whole word, says that it could not; then it goes on here.
    for at in 0 10 30; do
        ok "cut: byte $at of the word that gives it away" here cut-go "$at"
        ok "cut: it goes on" goes_on
    done
    ok "cut: it answers" guest_attach debian
    ok "cut: it is the same boot" same "$boot" "$(guest_run debian 'cat /proc/sys/kernel/random/boot_id')"
    console_close debian
    ok "cut: without damage it moves" damaged none 0
    ok "cut: the one is left" wait_until 30 only moved
    ok "cut: destroy" xm destroy moved
fi
