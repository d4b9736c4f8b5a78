# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What a guest on a bridge may send if its vif setting has ip=: only frames from its own address
# (mac) and packets from the addresses listed, beside DHCP's first question and, for IPv6, what
# neighbours need.  Without ip= nothing is filtered.  Needs nft; one table per interface.
# vif-common.sh comes first: $dev, setting, fatal.
filter_table=hospes-${dev:?vif-common.sh comes first}

filter_off() {
    nft delete table bridge "$filter_table" 2>/dev/null || true
}

# list_of PATTERN: the addresses of ip= that match, as nft's list.
list_of() {
    setting ip '' | tr ', ' '\n\n' | grep -e "$1" | paste -sd, -
}

filter_on() {
    [ -n "$(setting ip '')" ] || return 0
    mac=$(setting mac '')
    [ -n "$mac" ] || fatal "ip= needs the NIC's mac in its back-end node"
    command -v nft >/dev/null || fatal "ip=: filtering needs nft (install nftables)"
    v4=$(list_of '^[0-9.]*\(/[0-9]*\)\{0,1\}$')
    v6=$(list_of ':')
    {
        echo "table bridge $filter_table"
        echo "delete table bridge $filter_table"
        echo "table bridge $filter_table {"
        echo "  chain from_guest {"
        echo "    type filter hook prerouting priority -300; policy accept;"
        echo "    iifname != \"$dev\" accept"
        echo "    ether saddr != $mac drop"
        [ -z "$v4" ] || echo "    arp saddr ether $mac arp saddr ip { $v4 } accept"
        [ -z "$v4" ] || echo "    ip saddr { $v4 } accept"
        echo "    ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept"
        echo "    icmpv6 type nd-router-advert drop"
        echo "    ip6 saddr { ${v6:+$v6, }fe80::/10, :: } accept"
        echo "    drop"
        echo "  }"
        echo "}"
    } | nft -f - || fatal "ip=$(setting ip ''): nft refused the filter"
}
