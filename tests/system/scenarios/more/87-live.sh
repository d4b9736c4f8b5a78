# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest that writes to its memory all the time is sent to this very host while it runs, under
# another name: what it had in memory is there and whole, and what was written last, too.
[ "$TOOL" = xl ] && tell='' || tell=--live
config_as() { # NAME MAC: no two domains here have one
    sed -e "s/^name .*/name = '$1'/" -e "s/,xvda,w'/,xvda,w!'/" -e "s/mac=[^,]*/mac=$2/" \
        /etc/xen/debian >"$WORK/$1.cfg"
}
# Eight files in memory, each rewritten again and again beside its checksum; `bad` if one differs.
writer='cd /run; n=0; while [ ! -e stop ]; do n=$((n + 1)); f=m$((n % 8))
    [ ! -e $f ] || sha256sum -c --quiet $f.sum >>bad 2>&1
    head -c 1000000 /dev/urandom >$f; sha256sum $f >$f.sum; echo $n >rounds; done'
writer_starts() {
    guest_run "$1" "echo $(base64 -w0 <<<"$writer") | base64 -d >/run/writer; : >/run/bad; (setsid bash /run/writer </dev/null >/dev/null 2>&1 &)"
}
writer_is_well='a=$(cat /run/rounds); for i in $(seq 300); do [ $(cat /run/rounds) -gt $((a + 9)) ] && break; sleep 0.2; done; [ $(cat /run/rounds) -gt $((a + 9)) ] && ! grep . /run/bad'
go_live() { # FROM TO [OPTION...]: the transport is a receiver of our own
    $TOOL migrate $tell "${@:3}" -C "$WORK/$2.cfg" -s "$TOOL migrate-receive #" "$1" here 2>&1
}
only() { [ "$($TOOL list | awk 'NR > 2 { print $1 }' | xargs)" = "$1" ]; }
config_as debian 00:16:3e:00:00:01
config_as moved 00:16:3e:00:00:31
ok "live: create" $TOOL create "$WORK/debian.cfg" memory=256
ok "live: it is up" guest_up debian
ok "live: it writes" writer_starts debian
boot=$(guest_run debian 'cat /proc/sys/kernel/random/boot_id')
console_close debian
ok "live: it moves" go_live debian moved
sed 's/^/# /' "$WORK/out"
ok "live: the one is left" wait_until 30 only moved
ok "live: its console answers" guest_attach moved
ok "live: it is the same boot" test "$(guest_run moved 'cat /proc/sys/kernel/random/boot_id')" = "$boot"
ok "live: what it writes is whole" guest_run moved "$writer_is_well" 120
if [ "$TOOL" = xm ]; then
    ok "live: it takes longer than it may" refused 1 "goes on here" go_live moved debian --timeout 1
    ok "live: only the sender's copy is there" wait_until 30 only moved
    ok "live: and works on" guest_run moved "$writer_is_well" 120
fi
console_close moved
ok "live: destroy" $TOOL destroy moved
