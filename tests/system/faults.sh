# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # TOOL, WORK and never are of lib.sh; server is the scenarios'
# Killing, stopping and upgrading the control domain's processes under a guest that checks what it gets, and what
# must hold after each time.  For the scenarios crash and soak, beside lib.sh.

GUEST=debian LOAD_DISK=51728 PROGRAMS=/opt/hospes/bin
FAULT_TARGETS=(blk net server keeper xenconsoled xend fb)
FAULT_WORK=(idle read write net create attach save migrate)
FAULT_KINDS=(kill stop upgrade)

# cell N: one of the 7 x 8 x 3 cells of the matrix as `target work kind`.  The three numbers have no common factor, so
# 168 in a row are all of them, and any few in a row have each target, work and kind about as often.
cell() { echo "${FAULT_TARGETS[$1 % 7]} ${FAULT_WORK[$1 % 8]} ${FAULT_KINDS[$1 % 3]}"; }

# --- the guest -----------------------------------------------------------------------------------

# An upgrade replaces programs, which are on a disk that cannot be written to.
programs_writable() {
    [ -w "$PROGRAMS" ] || {
        mkdir "$WORK/programs" && cp -a "$PROGRAMS/." "$WORK/programs" && mount --bind "$WORK/programs" "$PROGRAMS"
    }
}

# faults_guest: starts it, with a disk for each load that needs one.
faults_guest() {
    local n
    programs_writable || return 1
    for n in read write; do
        truncate -s 16M "$WORK/$n.img"
    done
    tar -cf "$WORK/load.tar" load && truncate -s 8M "$WORK/load.tar"
    debian_as debian 00:16:3e:00:00:01
    debian_as moved 00:16:3e:00:00:31
    sed -i -e "/^disk/s|]|, 'file:$WORK/write.img,xvdb,w!', 'file:$WORK/read.img,xvdc,w!', 'file:$WORK/load.tar,xvdd,r' ]|" \
        -e "/^memory/s/=.*/= 192/" "$WORK/debian.cfg" "$WORK/moved.cfg"
    [ "$TOOL" != xm ] || echo "vfb = [ 'vnc=1,vnclisten=127.0.0.1' ]" | tee -a "$WORK/moved.cfg" >>"$WORK/debian.cfg"
    $TOOL create "$WORK/debian.cfg" && guest_up debian &&
        guest_run debian 'echo 0 >/sys/class/graphics/fbcon/cursor_blink; tar -xf /dev/xvdd -C /run'
}
# loads_start: the guest's loads, which stand still when they have begun.
loads_start() {
    local n
    ./load serve 5009 {never}>&- &
    server=$!
    guest_run debian "for l in 'read disk /dev/xvdc /run/load.read both' \
        'write disk /dev/xvdb /run/load.write write' 'net tcp 10.0.2.15 5009 /run/load.net'; do \
        (set -- \$l; n=\$1; shift; setsid /run/load \"\$@\" </dev/null >/run/said.\$n 2>&1 & echo \$! >/run/pid.\$n); done" &&
        for n in read write net; do
            wait_until 120 load_has_done $n 1 || return 1
        done && loads STOP read write net
}
loads() { # SIGNAL LOAD...
    local signal=$1
    shift
    guest_run "$GUEST" "for n in $*; do kill -$signal \$(cat /run/pid.\$n); done"
}
load_line() { guest_run "$GUEST" "cat /run/load.$1" | grep -a '^done '; }
load_field() { load_line "$1" | awk -v key="$2" '{ for (i = 1; i < NF; i++) if ($i == key) print $(i + 1) }'; }
load_has_done() { [ "$(load_field "$1" 'done')" -ge "$2" ]; }
goes_on() { # LOAD: it does more than it has done
    local now
    now=$(load_field "$1" 'done')
    wait_until 60 load_has_done "$1" $((now + 2))
}
loads_are_well() {
    local n line
    for n in read write net; do
        line=$(load_line $n)
        [[ $line == *' errors 0 '*' mismatches 0 '* ]] ||
            { echo "$n: $line"; guest_run "$GUEST" "tail -n 5 /run/said.$n; dmesg | tail -n 5"; return 1; }
    done
}
# All that was ever written is read once more, and nothing was ever wrong.
loads_end_well() {
    local n
    loads CONT read write net && loads TERM read write net
    for n in read write net; do
        wait_until 120 eval "load_line $n | grep -q ended" || return 1
    done
    loads_are_well
}

# --- who is meant --------------------------------------------------------------------------------

device_pid() { # TYPE DEVICE
    local pid
    read -r pid _ <"/run/xend/devices/$1-$(domid "$GUEST")-$2.pid" && echo "$pid"
}
program_of_target() {
    case $1 in blk | net | fb) echo "hospes-$1" ;; server | keeper) echo xenstored ;; *) echo "$1" ;; esac
}
target_pid() {
    case $1 in
    blk) device_pid vbd $LOAD_DISK ;;
    net) device_pid vif 0 ;;
    fb) device_pid vfb 0 ;;
    server) pgrep -x xenstored ;;
    keeper) pgrep -x xenstored-keep ;;
    *) pgrep -ox "$1" ;;
    esac
}
worker_of() { pgrep -oP "$1"; }
is_back() { # TARGET OLD
    local new
    case $1 in blk | net | fb) domain_exists "$GUEST" || return 0 ;; esac # it has been moved meanwhile
    new=$(target_pid "$1") && [ -n "$new" ] && [ "$new" != "$2" ] && kill -0 "$new" &&
        case $1 in blk | net) worker_of "$new" >/dev/null ;; esac
}
# What a service manager does for the two that nobody else starts.
served_again() { # TARGET OLD
    case $1 in
    xend) wait_until 60 xend --daemonise ;;
    xenconsoled) xenconsoled --daemonise --log=guest --log-dir=/var/log/xen ;;
    esac
    wait_until 60 is_back "$1" "$2" || { echo "$1 is not back"; return 1; }
}

# --- faults --------------------------------------------------------------------------------------

runs() { [ "/proc/$(target_pid "$1")/exe" -ef "$2" ]; } # not xend's child that is about to
# fault kill|stop|upgrade TARGET [worker]
fault() {
    local old victim program
    program=$PROGRAMS/$(program_of_target "$2")
    old=$(target_pid "$2") && [ -n "$old" ] || { echo "there is no $2"; return 1; }
    victim=$old
    [ "${3:-}" != worker ] || victim=$(worker_of "$old") || { echo "$2 has no worker"; return 1; }
    case $1 in
    stop)
        kill -STOP "$victim"
        read -r -t "${STOP_SECONDS:-3}" -u "$never" _
        kill -CONT "$victim"
        return
        ;;
    upgrade) cp "$program" "$program.new" && mv "$program.new" "$program" || return 1 ;;
    esac
    kill -9 "$victim"
    served_again "$2" "$old" || return 1
    [ "$1" != upgrade ] || wait_until 20 runs "$2" "$program" ||
        { echo "$2 does not run what was installed: $(readlink "/proc/$(target_pid "$2")/exe")"; return 1; }
}

# --- what must hold ------------------------------------------------------------------------------

# cost NOTE MOST: the device with this note of xend's sleeps while nobody uses it, and takes at most MOST KiB.
cost() {
    local pid pids kb
    read -r pid _ <"$1"
    pids=$(pgrep -P "$pid")
    # Now and then the guest's kernel, or a neighbour, has something to say; between that nothing may run.
    # shellcheck disable=SC2086 # there may be several, or none
    wait_until 120 rest "$pid" $pids || return 1
    # shellcheck disable=SC2086
    kb=$(resident "$pid" $pids)
    echo "$(basename "$1" .pid): $kb KiB resident beside its rings"
    ((kb <= $2))
}
fds_of() {
    local fds=("/proc/$1/fd/"*)
    echo ${#fds[@]}
}
# Everything that a fault could leave behind while the guest runs, as text that must be equal before and after.
inventory() {
    local id name note pid groups=(/sys/fs/cgroup/hospes/*/)
    id=$(domid "$GUEST")
    for name in xenconsoled server keeper; do
        echo "fds $name $(fds_of "$(target_pid $name)")"
    done
    for note in /run/xend/devices/*.pid; do
        read -r pid _ <"$note"
        name=${note##*/}
        echo "fds of a ${name%%-*} $(fds_of "$pid")"
    done
    ps -eo comm= | grep '^hospes-' | sort | uniq -c
    echo "groups ${#groups[@]}"
    echo "free memory of the machine $(info free_memory)"
    echo "ports $(grep -c 'xen-dyn' /proc/interrupts)"
    timeout 120 xenstore-ls -f | sed -e 's/ = .*//' -e "s#/\(domain\|vbd\|vif\|vfb\|vkbd\|console\|libxl\)/$id\(/\|\$\)#/\1/ID\2#" \
        -e 's/[0-9a-f]\{8\}\(-[0-9a-f]\{4\}\)\{3\}-[0-9a-f]\{12\}/UUID/' -e '/\/trouble$/d' \
        -e '/\/request-abs-pointer$/d' | sort # Linux says it of a keyboard that it finds, not after a restore
}
# A new xend opens a device's files when it serves it anew: it has no more of them than the first one had.
xend_fds_most=0
xend_fds_are_few() {
    local pid n
    pid=$(target_pid xend) && n=$(fds_of "$pid")
    ((n <= xend_fds_most)) || { echo "xend has $n, not $xend_fds_most open:"; ls -l "/proc/$pid/fd"; return 1; }
}
inventory_taken() {
    local n
    inventory >"$WORK/inventory"
    n=$(fds_of "$(target_pid xend)")
    ((n <= xend_fds_most)) || xend_fds_most=$n
}
inventory_is_same() { diff "$WORK/inventory" <(inventory) && xend_fds_are_few; }
all_is_well() {
    loads_are_well && timeout 120 xenstore-control check && { wait_until 30 inventory_is_same || inventory_is_same; }
}
