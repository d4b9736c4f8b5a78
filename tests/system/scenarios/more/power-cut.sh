# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Four writers of a guest keep journals, each record written when the one before it is said to be on stable storage,
# while the process that serves the disk is killed again and again.  What the disk was told meanwhile is checked outside
# (run-power-cut): it may lose its power at any moment.
# shellcheck source=tests/system/faults.sh
. ./faults.sh
# shellcheck source=tests/system/pair.sh
. ./pair.sh
grown() { # by how many more of writer 0's
    local n
    n=$(load_field 0 'done') && wait_until 60 load_has_done 0 $((n + $1))
}
ended_well() { loads TERM "$1" && wait_until 60 eval "load_line $1 | grep -q 'errors 0 .*ended'"; }
killed_while_writing() { # TIMES
    local n
    for ((n = 0; n < $1; n++)); do
        grown $((1 + RANDOM % 10)) && fault kill blk "$([ $((n % 2)) = 0 ] || echo worker)" || return
    done
}
tar -cf "$WORK/load.tar" load && truncate -s 8M "$WORK/load.tar"
debian_as debian 00:16:3e:00:00:01
sed -i "/^disk/s|]|, 'phy:$(shared_disk),xvdb,w', 'file:$WORK/load.tar,xvdd,r' ]|" "$WORK/debian.cfg"
ok "power: a guest with a disk whose writes are logged" $TOOL create "$WORK/debian.cfg"
ok "it is up" guest_up debian
ok "its writers are there" guest_run debian 'tar -C /run -xf /dev/xvdd'
for writer in 0 1 2 3; do
    guest_run debian "(setsid /run/load journal /dev/xvdb /run/load.$writer $writer </dev/null >/run/said.$writer 2>&1 & echo \$! >/run/pid.$writer)"
done
for writer in 0 1 2 3; do
    ok "writer $writer has written" wait_until 120 load_has_done $writer 20
done
ok "the disk's process is killed while they write" killed_while_writing "${KILLS:-20}"
for writer in 0 1 2 3; do
    ok "writer $writer goes on" wait_until 120 load_has_done $writer 120
done
for writer in 0 1 2 3; do
    ok "and ends without an error" ended_well "$writer"
done
ok "destroy" $TOOL destroy debian
