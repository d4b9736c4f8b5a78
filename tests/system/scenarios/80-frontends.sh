# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The front-end library's guest tests every front-end, against our back-ends and against the kernel's.
modprobe -a xen-blkback xen-netback
for backends in user kernel; do
    export HOSPES_BACKENDS=$backends
    dd if=/dev/zero of=/srv/guests/scratch.img bs=1M count=16 status=none
    for mode in w r; do
        self=self-$backends-$mode log=/var/log/xen/guest-self-$backends-$mode.log
        ok "$backends back-ends, disk '$mode': create" create mini "name=\"$self\"" \
            "disk=[\"file:/srv/guests/scratch.img,xvda,$mode\"]" 'vif=["bridge=xenbr0"]' \
            'extra="selftest ip=10.0.2.30 peer=10.0.2.15"'
        ok "the self-test ends" wait_for_text 60 "$log" 'outcome:'
        ok "each of its checks holds" contains "$log" 'outcome: success'
        [ $mode = r ] || ok "flush was offered and tried" contains "$log" 'ok .* disk: flush'
        grep -aE '^(not ok|# )' "$log" | tr -d '\r' | sed 's/^#* */# /'
        ok "the guest is gone" wait_until 30 domain_gone "$self"
    done
done
rm -f /srv/guests/scratch.img
unset HOSPES_BACKENDS
