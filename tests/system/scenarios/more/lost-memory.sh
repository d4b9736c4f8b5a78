# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A machine check says that memory has lost its contents (run-lost-memory injects it): that costs the
# guest whose frame it is and who read it, a process in dom0's case; never the machine.
shared_frame() { xenstore-read "/local/domain/$(domid "$1")/console/ring-ref"; }
lose() { echo "lose frame $(shared_frame "$1") under CPU $2 at $3" >/dev/console; }
crashed() { [[ $(domain_state "$1") == *c* ]]; }
one() { # NAME WHAT-IT-DOES
    create mini "name=\"$1\"" "extra=\"$2\"" 'cpus="1"' 'on_crash="preserve"'
}
spinner_ends() { # under a machine check: #GP, which Linux makes a signal of
    local pid
    ./spinner &
    pid=$!
    lose "$1" 0 0000000070
    wait "$pid"
    [ $? = $((128 + 11)) ]
}
not_given_again() { # MFN, which was a guest's console page: to those who come now
    local n
    for n in 1 2 3; do
        one "again$n" idle && [ "$(shared_frame "again$n")" != "$1" ] || return
    done
}

$TOOL vcpu-pin 0 all 0
ok "create one that runs" one runner spin
ok "and others" eval 'one idle idle && one third idle && one bystander idle'
first=$(shared_frame runner)
lose runner 1 ''
ok "a frame of a running guest is lost: it crashes" wait_until 60 crashed runner
ok "the hypervisor says why" contains <($TOOL dmesg) "its frame $(printf %x "$first") lost its contents"
ok "what is left of its memory can be dumped" $TOOL dump-core runner "$WORK/core"
rm -f "$WORK/core"
ok "it can be destroyed" $TOOL destroy runner
ok "another runs" one runner spin
lose idle 1 ''
ok "another's frame is lost to it: the owner crashes" wait_until 60 crashed idle
ok "and the reader" wait_until 60 crashed runner
ok "a process of dom0 that reads such a frame is ended" spinner_ends third
ok "its owner crashes" wait_until 60 crashed third
ok "who had no part in it lives" same "" "$(domain_state bystander | tr -d 'rb-')"
ok "the frame is nobody's again" not_given_again "$first"
$TOOL vcpu-pin 0 all all
