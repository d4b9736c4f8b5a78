# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# How long nobody hears a guest that is moved while it runs, from its last word here to its first from
# there: it suspends, waits, resumes, and its NIC finds its back-end.  It is sent to this very host,
# under another name.  The emulated machine's clock tells something only if it counts instructions:
#   tests/system/run --icount --smp 1 --boot direct --timeout 2300 -- LIMIT_MS=500 more/silence
heard() { # silent at all, but for no longer than that
    awk -v limit="${LIMIT_MS:-60000}" '{ exit !($NF > 0 && $NF <= limit) }' <<<"$1"
}
debian_as debian 00:16:3e:00:00:01
debian_as moved 00:16:3e:00:00:31
ok "silence: create" $TOOL create "$WORK/debian.cfg" memory=256
ok "silence: it is up" guest_up debian
hearing_starts
ok "silence: it says that it lives" beat_starts debian
console_close debian
silences_forget
ok "silence: it moves" move_here debian moved
sed 's/^/# /' "$WORK/out"
ok "silence: it is heard again" timeout 60 tcpdump -c 5 -i xenbr0 udp port 9101
gaps=$(silences)
echo "# silent for $gaps ms"
ok "silence: no longer than it may" heard "$gaps"
hearing_ends
ok "silence: destroy" $TOOL destroy moved
