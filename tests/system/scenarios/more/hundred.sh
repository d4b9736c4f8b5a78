# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# GUESTS (100) tiny guests with a disk and a NIC each, at once, in a machine of 4 GiB of which dom0 has one.
#   tests/system/run --mem 4096 --dom0-mem 1024M --timeout 3000 -- more/hundred
GUESTS=${GUESTS:-100}
free_pages() { $TOOL debug-keys m && $TOOL dmesg | sed -n 's/.*memory: \([0-9]*\) of [0-9]* pages free.*/\1/p' | tail -n 1; }
missing() { # PAGES: at most so many are missing of those that were free before
    local free
    free=$(free_pages)
    echo "# $((free_before - free)) pages are missing"
    ((free_before - free <= $1))
}
log_of() { echo "/var/log/xen/guest-h$1.log"; }
each() { # COMMAND...: of each guest, @ is its number
    local i
    for ((i = 1; i <= GUESTS; i++)); do
        "${@//@/$i}" || { echo "guest $i: ${*//@/$i}"; return 1; }
    done
}
start() { # NUMBER
    truncate -s 1M "/srv/guests/h$1.img" &&
        mini "name=\"h$1\"" "disk=[\"file:/srv/guests/h$1.img,xvda,w\"]" \
            'vif=["bridge=xenbr0"]' "extra=\"ping ip=10.0.2.$((100 + $1))\""
}
has_text() { wait_for_text 60 "$(log_of "$1")" "$2"; }
answers() { ping -c 1 -W 10 "10.0.2.$((100 + $1))" >/dev/null; }
servers() { mapfile -t pids < <(pgrep 'hospes-(blk|net)'); } # sets pids
small() { # KIB: each of its processes, on the average
    local kib
    servers
    kib=$(($(resident "${pids[@]}") / ${#pids[@]}))
    echo "# ${#pids[@]} processes, $kib KiB each"
    ((${#pids[@]} >= 2 * GUESTS && kib <= $1))
}

# shellcheck disable=SC2016 # for eval
ok "hundred: once unmeasured" eval 'start 1 && $TOOL destroy h1 && wait_until 60 domain_gone h1 && no_leaks'
free_before=$(free_pages)
ok "hundred: pages are counted" [ "${free_before:-0}" -gt 1000 ]
rm -f "$(log_of 1)"
began=$SECONDS
ok "hundred: $GUESTS guests are created" each start @
echo "# $((SECONDS - began)) s"
echo "# xend has $(find "/proc/$(pidof -s xend)/fd" -type l | wc -l) files open"
all_listed() { # or what was said of it
    same "$((GUESTS + 2))" "$($TOOL list | wc -l)" ||
        { dmesg | tail -n 20; $TOOL dmesg | tail -n 20; tail -n 20 /var/log/xen/xend.log; free -m; false; }
}
ok "hundred: all are listed" all_listed
ok "hundred: each has read its disk" each has_text @ 'read a disk of 2048 sectors'
ok "hundred: each answers" each answers @
ok "hundred: and again, while the others are there" each answers @
ok "hundred: a device takes at most 2 MiB beside its rings" small 2048
began=$SECONDS
ok "hundred: all are destroyed" each "$TOOL" destroy h@
echo "# $((SECONDS - began)) s"
ok "hundred: nothing is left of them" no_leaks
# dom0's tables of event channels and of mapped grants stay as large as they have been: 16 bytes for each of some thousand.
ok "hundred: memory is back but for what dom0's own tables have grown by" wait_until 60 missing 8
free_before=$(free_pages)
GUESTS=10
rm -f /var/log/xen/guest-h*.log
ok "hundred: ten more" eval 'each start @ && each has_text @ "read a disk" && each "$TOOL" destroy h@'
ok "hundred: nothing is left of them either" no_leaks
ok "hundred: and memory is back to the page" wait_until 60 missing 0
rm -f /srv/guests/h*.img
