# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The control domain as a service, and Debian's own script that starts and stops guests with it.
service_pid() { pidof xend | tr ' ' '\n' | sort -n | head -n 1; }
tiny() { # NAME [KEY=VALUE...]
    local name=$1
    shift
    xm create -q /etc/xen/mini "name=$name" "$@"
}

if [ "$TOOL" = xm ]; then
    cp /opt/hospes/etc/init.d/xend /etc/init.d/xend
    ok "service xend status: it runs" service xend status
    ok "service xend start: it runs already" refused 0 "is running already" service xend start
    ok "xm doctor finds nothing that keeps guests from running" xm doctor
    ok "a guest" tiny stays
    before=$(service_pid)
    ok "service xend restart" service xend restart
    ok "xend is another process" test "$(service_pid)" != "$before"
    ok "the guest went on" same 1 "$(xm list stays | grep -c '^stays ')"
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
