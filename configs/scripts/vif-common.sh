# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Shared by vif-{bridge,nat,route}, which the tool-stack runs for each guest NIC:
#
#   SCRIPT online|offline|add|remove [type_if=vif]
#
# Environment: XENBUS_PATH (the NIC's back-end node, e.g. backend/vif/3/0), vif (vif3.0), netdev
# (an interface that overrides the script's choice).  Further settings come from the back-end node:
# bridge, ip, mac, mtu, vifname, gatewaydev, rate.
# Result: hotplug-status=connected in the back-end node and exit status 0, or hotplug-error with
# the reason, which is also printed on stderr, and exit status 1.
#
# This file sets $action (up or down), $dev (the NIC's interface in dom0), and brings a custom
# interface name into force.
PATH=$PATH:/opt/hospes/bin:/usr/sbin:/sbin
script_name=${0##*/}

fatal() {
    echo "$script_name: $*" >&2
    if [ "${action:-up}" = up ] && [ -n "${XENBUS_PATH:-}" ]; then
        xenstore-write "$XENBUS_PATH/hotplug-error" "$script_name: $*" \
            "$XENBUS_PATH/hotplug-status" error
    fi
    exit 1
}

# setting KEY DEFAULT: a setting of this NIC from its back-end node.
setting() {
    xenstore-read "$XENBUS_PATH/$1" 2>/dev/null || echo "$2"
}

connected() {
    xenstore-write "$XENBUS_PATH/hotplug-status" connected
}

# A TAP interface is made under its final name; the kernel's netback makes vifD.N.
apply_vifname() {
    wanted=$(setting vifname '')
    if [ -z "$wanted" ] || [ "$wanted" = "$dev" ]; then
        return
    fi
    if [ -e "/sys/class/net/$dev" ] && [ "$action" = up ]; then
        [ ! -e "/sys/class/net/$wanted" ] ||
            fatal "vifname=$wanted: an interface of that name exists already"
        ip link set "$dev" down
        ip link set "$dev" name "$wanted" || fatal "cannot rename $dev to $wanted"
    fi
    dev=$wanted
}

case ${1:-} in
online | add) action=up ;;
offline | remove) action=down ;;
*)
    echo "usage: $script_name online|offline|add|remove [type_if=vif]" >&2
    exit 2
    ;;
esac
# Emulated NICs of fully virtualised guests are nothing that we have.
[ "${2:-type_if=vif}" = type_if=vif ] || exit 0
[ -n "${XENBUS_PATH:-}" ] || fatal "XENBUS_PATH is not set: run by the tool-stack only"
[ -n "${vif:-}" ] || fatal "vif is not set: run by the tool-stack only"
dev=$vif
apply_vifname
if [ "$action" = up ] && [ ! -e "/sys/class/net/$dev" ]; then
    fatal "interface $dev does not exist: did its back-end start?"
fi
# The back-end may have removed the interface already; then there is nothing to undo on it.
# limit_rate BYTES,MICROSECONDS: what the guest sends, as netback limits it; what is more is dropped.
# nft counts by the second, so after a rest a second's worth passes at once.
limit_rate() {
    per_second=$((${1%,*} * 1000000 / ${1#*,}))
    burst=${1%,*}
    [ "$burst" -ge 131072 ] || burst=131072 # two of the largest offloaded packets
    nft -f - <<RATE || fatal "rate=: nft refused $per_second bytes/s on $dev (is nftables there?)"
table netdev hospes-$dev
delete table netdev hospes-$dev
table netdev hospes-$dev {
  chain from_guest {
    type filter hook ingress device "$dev" priority -500; policy accept;
    limit rate over $per_second bytes/second burst $burst bytes drop
  }
}
RATE
}

rate=$(setting rate '')
if [ "$action" = down ] && [ -n "$rate" ]; then
    nft delete table netdev "hospes-$dev" 2>/dev/null || true
fi
if [ "$action" = up ]; then
    [ -z "$rate" ] || limit_rate "$rate"
    mtu=$(setting mtu '')
    [ -z "$mtu" ] || ip link set "$dev" mtu "$mtu" || fatal "mtu=$mtu: not accepted by $dev"
fi
# shellcheck source=configs/scripts/vif-common-names.sh
. "$(dirname "$(readlink -f "$0")")/vif-common-names.sh"
