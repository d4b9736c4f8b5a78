# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# The names that scripts of others (vif-openvswitch of xen-utils-common, say) call after they have
# sourced vif-common.sh, with what stands behind them here.
# shellcheck disable=SC2034,SC2154 # $command and $type_if are for those scripts, $script_name is of vif-common.sh
command=$1 type_if=vif

log() { # LEVEL TEXT...
    shift
    echo "$script_name: $*" >&2
}

success() { connected; }

do_or_die() {
    "$@" || fatal "$* failed"
}

do_without_error() {
    "$@" 2>/dev/null || true
}

xenstore_read() {
    xenstore-read "$@" || fatal "xenstore-read $* failed"
}

xenstore_read_default() { # PATH DEFAULT
    xenstore-read "$1" 2>/dev/null || echo "$2"
}

xenstore_write() {
    xenstore-write "$@" || fatal "xenstore-write $* failed"
}

# A port of a virtual switch: no address of its own, and the highest possible MAC.
setup_virtual_bridge_port() { # DEV
    ip link set "$1" down arp off address fe:ff:ff:ff:ff:ff || fatal "cannot prepare $1 as a port"
    ip address flush dev "$1"
}

# ip= filters are those of vif-bridge and vif-route; another's switch has its own.
handle_iptable() { :; }
