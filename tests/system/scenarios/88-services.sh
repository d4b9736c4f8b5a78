# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The control domain as a service, and Debian's own script that starts and stops guests with it.
service_pid() { pidof xend | tr ' ' '\n' | sort -n | head -n 1; }
tiny() { # NAME [KEY=VALUE...]
    local name=$1
    shift
    xm create -q /etc/xen/mini "name=$name" "$@"
}

http_get() { # PATH [METHOD]: what xend --http answers
    printf '%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n' "${2:-GET}" "$1" | socat -t 10 - TCP:127.0.0.1:8006
}
http_json() { http_get "$1" | sed '1,/^\r*$/d' | jq -r "$2"; } # PATH FILTER

if [ "$TOOL" = xm ]; then
    cp /opt/hospes/etc/init.d/xend /etc/init.d/xend
    ok "service xend status: it runs" service xend status
    ok "service xend start: it runs already" refused 0 "is running already" service xend start
    ok "xm doctor finds nothing that keeps guests from running" xm doctor
    ok "a guest" tiny stays
    before=$(service_pid)
    echo 'XEND_ARGS="--http 127.0.0.1:8006"' >/etc/default/xend
    ok "service xend restart" service xend restart
    ok "xend is another process" test "$(service_pid)" != "$before"
    ok "the guest went on" same 1 "$(xm list stays | grep -c '^stays ')"
    ok "xm log: what xend did" contains <(xm log) 'xend: ready'
    ok "xm top" contains <(xm top -b -i 1) 'stays'
    ok "xend --http: the page" contains <(http_get /) '<title>Hospes</title>'
    ok "its numbers: the running guest" same "$(xm domid stays)" "$(http_json /api/v1/domains '.[] | select(.name == "stays").domid')"
    ok "as much memory as xm list says" same "$(domain_column stays 3)" "$(http_json /api/v1/domains '.[] | select(.name == "stays").memory_bytes / 1048576 | floor')"
    ok "each CPU, and all memory" same "$(xm info nr_cpus) $(xm info total_memory)" \
        "$(http_json /api/v1/all '(.cpus | length | tostring) + " " + (.memory.total_bytes / 1048576 | floor | tostring)')"
    ok "/metrics has them" contains <(http_get /metrics) '^hospes_domain_cpu_seconds_total{domid="[1-9][0-9]*",name="stays"} [0-9.]*$'
    ok "nothing can be sent there" contains <(http_get /api/v1/all POST) '405 Method Not Allowed'
    web=$(pgrep -P "$(pidof hospes-http | tr ' ' '\n' | sort -n | head -n 1)")
    ok "who hears callers has no right" contains "/proc/$web/status" '^CapEff:.*0000000000000000'
    kill -9 "$web"
    ok "killed, it comes back" wait_until 60 eval 'http_get / | grep -q 200.OK'
    rm /etc/default/xend
    sed 's/^name .*/name = "ends"/' /etc/xen/mini >/etc/xen/ends
    echo 'on_xend_stop = "shutdown"' >>/etc/xen/ends
    ok "a managed guest that ends with xend" eval 'xm new /etc/xen/ends && xm start ends'
    ok "service xend stop" service xend stop
    ok "service xend status: it does not run" refused 3 "not running" service xend status
    ok "xm doctor says so, and the mend" refused 1 "problem.*xend does not run.*service xend start" xm doctor
    ok "the managed guest has shut down" wait_until 30 eval '! xm domid ends >/dev/null 2>&1 || [ "$(xm domstate ends)" != running ]'
    ok "the other goes on" same 1 "$(xm list stays | grep -c '^stays ')"
    ok "service xend start" service xend start
    ok "what shut down meanwhile is dealt with" wait_until 30 eval '! xm domid ends >/dev/null 2>&1'
    xm delete ends
    xm destroy stays
    rm -f /etc/xen/ends
else
    skip "service xend" "Debian has none"
fi

mkdir -p /etc/xen/auto
sed 's/^name .*/name = "auto1"/' /etc/xen/mini >/etc/xen/auto/auto1
sed -i 's/^XENDOMAINS_SAVE=.*/XENDOMAINS_SAVE=/' /etc/default/xendomains
ok "Debian's xendomains start: what is in /etc/xen/auto" /etc/init.d/xendomains start
ok "it runs" domain_exists auto1
ok "a second start changes nothing" eval '/etc/init.d/xendomains start && [ "$($TOOL list | grep -c "^auto1 ")" = 1 ]'
ok "Debian's xendomains stop: all guests shut down" /etc/init.d/xendomains stop
ok "it is gone" wait_until 30 domain_gone auto1
rm -f /etc/xen/auto/auto1

# With what Debian's own setting says: guests are saved and come back.  xendomains calls its package's
# xl, in whose place stands ours; the same guest is first suspended by xend's end.
STATE=/var/lib/xend/domains/debian.state
same_boot() { same "$boot" "$(guest_run debian 'cat /proc/sys/kernel/random/boot_id' | tail -n 1)"; }
if [ "$TOOL" = xm ]; then
    mount --bind /opt/hospes/bin/xl /usr/lib/xen-4.17/bin/xl
    sed -i 's|^XENDOMAINS_SAVE=.*|XENDOMAINS_SAVE=/var/lib/xen/save|' /etc/default/xendomains
    ok "a managed guest that is suspended with xend" eval \
        'xm new /etc/xen/debian memory=128 vcpus=1 on_xend_stop=suspend && xm start debian'
    ok "it is up" guest_up debian
    boot=$(guest_run debian 'cat /proc/sys/kernel/random/boot_id' | tail -n 1)
    console_close debian
    ok "service xend stop" service xend stop
    ok "it is suspended" eval 'test -s $STATE && ! xm domid debian 2>/dev/null | grep -q .'
    ok "service xend start" service xend start
    ok "it stays so" test -s $STATE
    ok "xm resume" xm resume debian
    ok "its console answers" guest_attach debian
    ok "it is the same boot" same_boot
    console_close debian
    ok "xendomains saves it" /etc/init.d/xendomains stop
    ok "it is gone" wait_until 30 eval '! xm domid debian 2>/dev/null | grep -q .'
    ok "into the default folder" grep -qam1 '^Xen saved domain' /var/lib/xen/save/debian
    ok "xendomains restores it" /etc/init.d/xendomains start
    ok "its console answers" guest_attach debian
    ok "it is still the same boot" same_boot
    ok "its file is used up" test ! -e /var/lib/xen/save/debian
    console_close debian
    /etc/init.d/xendomains stop >/dev/null
    rm -f /var/lib/xen/save/debian
    xm delete debian
    umount /usr/lib/xen-4.17/bin/xl
else
    skip "xendomains saves guests" "it would be Debian's xl twice"
fi
