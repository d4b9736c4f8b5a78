# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Helpers of the system tests and the demonstration, which run as jobs in dom0, beside tap.sh:
# waiting for conditions, driving a guest through its console, and counting what is left behind.

# dom0's init exports TOOLS: whose control-domain programs run.
if [ "${TOOLS:-hospes}" = debian ]; then TOOL=xl; else TOOL=xm; fi
WORK=/run/test
mkdir -p "$WORK"
[ -p "$WORK/never" ] || mkfifo "$WORK/never"
exec {never}<>"$WORK/never"
declare -A console_pid console_fd
# shellcheck source=tests/system/tap.sh
. "${BASH_SOURCE[0]%/*}/tap.sh"

# --- waiting -------------------------------------------------------------------------------------

# wait_until SECONDS COMMAND...: look again and again until the command succeeds.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= end)); then
            echo "gave up waiting for: $*"
            return 1
        fi
        read -r -t 0.2 -u "$never" _
    done
    return 0
}

# wait_for_text SECONDS FILE PATTERN: the file (which may not exist yet) grows such a line.
wait_for_text() {
    timeout "$1" grep -qam1 -e "$3" <(tail -n +1 -F "$2" 2>/dev/null) ||
        { echo "no '$3' in $2 within $1 s:"; tail -n 20 "$2"; return 1; }
}

# --- domains -------------------------------------------------------------------------------------

domain_exists() { $TOOL list "$1" >/dev/null 2>&1; }
domain_gone() { ! domain_exists "$1"; }
domid() { $TOOL domid "$1"; }
domain_column() { $TOOL list "$1" | awk -v column="$2" 'NR == 2 { print $column }'; }
domain_state() { domain_column "$1" 5; }
domain_time() { domain_column "$1" 6; }
info() { $TOOL info | awk -F: -v key="$1" '{ k = $1; sub(/ +$/, "", k) } k == key { print $2 + 0 }'; }

# create NAME [KEY=VALUE...]: from /etc/xen/NAME.
create() {
    local name=$1
    shift
    $TOOL create "/etc/xen/$name" "$@"
}

# mini KEY=VALUE...: the little guest, which needs no more than a name and, in extra, what to do.
mini() { $TOOL create -q /dev/null kernel=/opt/hospes/boot/mini memory=8 on_poweroff=destroy "$@"; }

# debian_as NAME MAC: writes $WORK/NAME.cfg, the guest debian under another name, to be sent to this very
# host: no two domains here have one name or address, and both have the disk for a moment.
debian_as() {
    sed -e "s/^name .*/name = '$1'/" -e "s/,xvda,w'/,xvda,w!'/" -e "s/mac=[^,]*/mac=$2/" \
        /etc/xen/debian >"$WORK/$1.cfg"
}

# move_here FROM TO [OPTION...]: live, as $WORK/TO.cfg; the transport is a receiver of our own.
move_here() {
    local tell=--live
    [ $TOOL = xm ] || tell='' # xl's way, always
    $TOOL migrate $tell "${@:3}" -C "$WORK/$2.cfg" -s "$TOOL migrate-receive #" "$1" here 2>&1
}

# serve_relocation ADDRESS: xend takes domains from the host that has it.
serve_relocation() {
    sed -i -e '/^(xend-relocation-/d' /etc/xen/xend-config.sxp
    printf '(xend-relocation-%s)\n' 'server yes' "hosts-allow '^${1//./\\.}\$'" >>/etc/xen/xend-config.sxp
    kill "$(pidof -s xend)"
    wait_until 60 xend --daemonise
}

# --- a guest's console ---------------------------------------------------------------------------

transcript() { echo "$WORK/$1.console"; }

# Attach to the console of a guest and keep what it says in its transcript.
console_open() {
    local name=$1 fd
    rm -f "$WORK/$name.in"
    mkfifo "$WORK/$name.in"
    exec {fd}<>"$WORK/$name.in"
    : >"$(transcript "$name")"
    socat - "EXEC:$TOOL console $name,pty,setsid,ctty,rawer" \
        <"$WORK/$name.in" >>"$(transcript "$name")" 2>/dev/null {never}>&- &
    console_pid[$name]=$!
    console_fd[$name]=$fd
}

console_close() {
    local name=$1 fd
    [ -n "${console_pid[$name]:-}" ] || return 0
    kill "${console_pid[$name]}" 2>/dev/null
    wait "${console_pid[$name]}" 2>/dev/null
    fd=${console_fd[$name]}
    exec {fd}>&-
    unset "console_pid[$name]" "console_fd[$name]"
}

console_close_all() {
    local name
    for name in "${!console_pid[@]}"; do
        console_close "$name"
    done
}

# guest_up NAME [SECONDS]: the guest has started and the shell on its console answers.
guest_up() {
    console_open "$1"
    wait_for_text "${2:-300}" "$(transcript "$1")" "guest $1: up after" && guest_shell "$1"
}

# guest_attach NAME: the same for a guest that has been up for long.
guest_attach() {
    console_open "$1"
    guest_shell "$1"
}

# Make the shell on the console answer without echo and prompt, as guest_run needs it.
guest_shell() {
    local attempt
    for attempt in 1 2 3; do
        printf "stty -echo; PS1=; bind 'set enable-bracketed-paste off'; echo ready''%s\n" \
            "$attempt" >&"${console_fd[$1]}"
        wait_for_text 15 "$(transcript "$1")" "ready$attempt" && return 0
    done
    return 1
}

# guest_run NAME COMMAND [SECONDS]: run one line of shell in the guest; its output and exit status.
guest_run() {
    local name=$1 limit=${3:-60} token=$RANDOM$RANDOM from answer
    from=$(stat -c %s "$(transcript "$name")")
    printf '%s; echo "@@"%s:$?:\n' "$2" "$token" >&"${console_fd[$name]}"
    answer=$(timeout "$limit" sed -u "/@@$token:[0-9]*:/q" \
        <(tail -c "+$((from + 1))" -f "$(transcript "$name")") | tr -d '\r')
    [[ $answer =~ @@$token:([0-9]+): ]] || { echo "$answer"; echo "no answer to: $2"; return 124; }
    # Its kernel may say something meanwhile ("hrtimer: interrupt took ..." on a busy host).
    printf '%s\n' "${answer%@@"$token"*}" | sed -e '/^$/d' -e '/^\[ *[0-9]*\.[0-9]*\] /d'
    return "${BASH_REMATCH[1]}"
}

# guest_perl NAME WORD PROGRAM: begin the program in the guest, as /run/WORD, and leave it running.
guest_perl() {
    guest_run "$1" "echo $(base64 -w0 <<<"$3") | base64 -d >/run/$2; (setsid perl /run/$2 </dev/null >/dev/null 2>&1 &)"
}

# clock_agrees COMMAND...: the seconds that it prints are those of here, some time between the question and
# the answer, which may be long in coming; give or take 10.
clock_agrees() {
    local before guest after
    before=$(date +%s) guest=$("$@") after=$(date +%s)
    ((guest > before - 10 && guest < after + 10)) ||
        { echo "it says $guest, here it was $before to $after"; return 1; }
}

# --- how long a guest is not heard ---------------------------------------------------------------

# beat_starts NAME: the guest says something to dom0 each 10 ms.
beat='use Time::HiRes "sleep"; use IO::Socket::INET;
my $to = IO::Socket::INET->new(Proto => "udp", PeerAddr => "10.0.2.15:9101") or die;
for (;;) { sleep 0.01; $to->send("beat") }'
beat_starts() {
    guest_perl "$1" beat "$beat"
}
hears='use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC); use IO::Socket::INET; use IO::Handle;
my $in = IO::Socket::INET->new(Proto => "udp", LocalPort => 9101) or die;
open my $out, ">>", "$ENV{WORK}/gaps"; $out->autoflush;
for (my $last;;) {
    $in->recv(my $text, 100);
    my $now = clock_gettime(CLOCK_MONOTONIC);
    printf $out "%.0f\n", ($now - $last) * 1000 if defined $last && $now - $last > 0.02;
    $last = $now;
}'
# This machine hears it, whose clock does not move; silences: the longest two in ms, which are forgotten.
hearing_starts() {
    silences_forget
    WORK=$WORK perl -e "$hears" >/dev/null 2>&1 {never}>&- &
    hearer=$!
}
hearing_ends() { kill "$hearer"; }
silences_forget() { : >"$WORK/gaps"; }
silences() {
    sort -n "$WORK/gaps" | tail -n 2 | xargs
    silences_forget
}

# Has dom0's kernel complained of a CPU that stood still?  (tests/machine/look-at-stalls tells what it did.)
no_stalls() { ! dmesg | grep -E 'rcu: INFO: |soft lockup'; }

# --- what processes cost -------------------------------------------------------------------------

# wakes PID...: how often their threads have begun to run, in all.
wakes() {
    local pid
    for pid; do
        cat "/proc/$pid/task/"*/status
    done | awk '/^(non)?voluntary_ctxt/ { n += $2 } END { print n }'
}
# rest PID...: for three seconds none of them runs.
rest() {
    local before
    before=$(wakes "$@")
    read -r -t 3 -u "$never" _
    same "$before" "$(wakes "$@")"
}
# resident PID...: KiB of dom0's memory, each one's part of what they share with others; without what is mapped shared:
# the buffers and counts of a device, its guest's pages.
resident() {
    local pid
    for pid; do
        cat "/proc/$pid/smaps"
    done | awk '/^[0-9a-f]+-/ { shared = $2 ~ /s$/ } /^Pss:/ && !shared { n += $2 } END { print n }'
}

# --- what is left behind -------------------------------------------------------------------------

# Everything a guest can leave in dom0 or the hypervisor, as text that must be equal before and
# after.
resources() {
    echo "free_memory $(info free_memory)"
    echo "domains $($TOOL list | awk 'NR > 1 { print $1 }' | sort | xargs)"
    echo "store $(xenstore-list /local/domain | sort -n | xargs)"
    echo "backends $(xenstore-ls -f /local/domain/0/backend 2>/dev/null |
        grep -c '/frontend = ')"
    echo "vm $(xenstore-list /vm 2>/dev/null | wc -l)"
    echo "loops $(losetup -a | wc -l)"
    echo "links $(cd /sys/class/net && echo *)"
    echo "groups $(ls -d /sys/fs/cgroup/hospes/*/ 2>/dev/null | wc -l)"
    echo "processes $(ps -eo comm= | grep -cE '^(xl|xm|blkback|netback|hospes|qemu)')"
}

resources_before() { resources >"$WORK/before"; }
resources_are_back() { diff "$WORK/before" <(resources); }
# Freed memory and ended processes need a moment after the tool returned.
no_leaks() { wait_until 60 resources_are_back || diff "$WORK/before" <(resources); }

# Stop whatever a failed scenario left, so that the next one starts clean.
destroy_all() {
    local name
    console_close_all
    for name in $($TOOL list | awk 'NR > 2 { print $1 }'); do
        $TOOL destroy "$name" >/dev/null 2>&1
    done
}
