# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The crash matrix of tests/system/faults.sh: all cells once, and a few of them with something of each kind.
# shellcheck disable=SC2154 # top and work are of run
cells_of() ( # FIRST COUNT
    # shellcheck source=tests/system/faults.sh
    . "$top/tests/system/faults.sh"
    for ((n = $1; n < $1 + $2; n++)); do cell "$n"; done
)
kinds_in() { cells_of "$1" "$2" | cut -d' ' -f"$3" | sort -u | wc -l; }
ok "crash matrix: 168 cells in a row are all different" same 168 "$(cells_of 0 168 | sort -u | wc -l)"
for first in 0 8 100; do
    ok "crash matrix: 8 from $first on have each process, work and fault" \
        same "7 8 3" "$(kinds_in $first 8 1) $(kinds_in $first 8 2) $(kinds_in $first 8 3)"
done

# The load that a guest runs: a disk that loses what was written is noticed, one that does not is not.
make --no-print-directory -s -C "$top/tests/system/load" || exit
load_on_disk() { # [DAMAGE...]: its exit status after it has run and what the disk held has been damaged meanwhile
    local pid
    rm -f "$work/status"
    truncate -s 16M "$work/disk"
    "$top/build/load/load" disk "$work/disk" "$work/status" both >"$work/said" &
    pid=$!
    until grep -q '^done [1-9]' "$work/status" 2>/dev/null; do kill -0 $pid || return 9; done
    kill -STOP $pid
    "$@"
    kill -TERM $pid # it ends when it goes on, after at most one more request
    kill -CONT $pid
    wait $pid
}
lose_blocks() { dd if=/dev/zero of="$work/disk" bs=4096 seek=1000 count=100 conv=notrunc status=none; }
ok "load: a good disk" load_on_disk true
ok "load: it says so" grep -q 'errors 0 .*mismatches 0 .*ended' "$work/status"
ok "load: a disk that has lost blocks" refused 1 '' load_on_disk lose_blocks
ok "load: it says how many" grep -qE 'errors 0 .*mismatches (8[4-9]|9[0-9]|100) .*ended' "$work/status"
rm -f "$work/disk" "$work/status"
