# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest is sent to this very host's relocation server, under another name; who is not on its list
# is refused, and so is what is no migration.
relocates() { xm migrate --live -C "$WORK/moved.cfg" debian 127.0.0.1; }
says() { # TEXT: to the server; what it answers
    printf '%b' "$1" | socat -t 20 - TCP:127.0.0.1:8002
}
relocation_answers() {
    says "$1" >"$WORK/answer"
    contains "$WORK/answer" '(ready receive)'
}
if [ "$TOOL" != xm ]; then
    skip "relocation" "xl has none"
else
    debian_as debian 00:16:3e:00:00:01
    debian_as moved 00:16:3e:00:00:31
    ok "relocation: create" xm create "$WORK/debian.cfg" memory=256
    ok "relocation: it is up" guest_up debian
    boot=$(guest_run debian 'cat /proc/sys/kernel/random/boot_id')
    console_close debian
    ok "relocation: nobody listens unless told to" refused 1 'Connection refused' relocates
    serve_relocation 10.0.0.99
    ok "relocation: a host that is not on the list" refused 1 'goes on here' relocates
    ok "relocation: xend's log says who it was" contains /var/log/xen/xend.log '127.0.0.1 is none of'
    ok "relocation: the guest has its name" domain_exists debian
    serve_relocation 127.0.0.1
    ok "relocation: no migration" same '' "$(says 'GET / HTTP/1.0\r\n\r\n')"
    ok "relocation: an old xend's stream" relocation_answers 'receive\nLinuxGuestRecord0000000000000000000000000000000000000000'
    relocates >"$WORK/relocated" 2>&1 &
    ok "relocation: it is called migrating-debian" wait_until 60 domain_exists migrating-debian
    ok "relocation: it moves" wait $!
    sed 's/^/# /' "$WORK/relocated"
    ok "relocation: its console answers" guest_attach moved
    ok "relocation: it is the same boot" same "$boot" "$(guest_run moved 'cat /proc/sys/kernel/random/boot_id')"
    ok "relocation: its clock goes on" guest_run moved 'a=$(date +%s); sleep 2; [ "$(date +%s)" -gt "$a" ]'
    console_close moved
    ok "relocation: destroy" xm destroy moved
    sed -i -e '/^(xend-relocation-/d' /etc/xen/xend-config.sxp
    kill "$(pidof -s xend)"
    ok "relocation: xend starts again" wait_until 60 xend --daemonise
fi
