# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What tests/bench/spins counts: two guests begin at once, rest for 30 s, start many processes at once, and are destroyed
# at once.  The lines "# spins: WORD" are the ends of its windows.
both() { # COMMAND...: for each of them, side by side; @ is its name
    local first
    "${@//@/debian}" >"$WORK/both" 2>&1 &
    first=$!
    "${@//@/debian2}" && wait $first || { cat "$WORK/both"; return 1; }
}
forks() { guest_run "$1" 'for ((i = 0; i < 300; i++)); do /bin/true; done' 300; }
echo "# spins: boot"
ok "spins: two guests are created" both create @
ok "spins: they are up" eval 'guest_up debian && guest_up debian2'
echo "# spins: create"
# shellcheck disable=SC2154 # lib.sh's
read -r -t 10 -u "$never" _ # what they had begun
echo "# spins: rest"
read -r -t 30 -u "$never" _
echo "# spins: idle"
ok "spins: both start processes" both forks @
echo "# spins: forks"
ok "spins: they are destroyed" both "$TOOL" destroy @
ok "spins: and gone" wait_until 60 eval 'domain_gone debian && domain_gone debian2'
echo "# spins: destroy"
