# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Shared by the host scripts network-{bridge,nat,route}: arguments, checks, messages.  A script sets
# keys="KEY..." and the defaults before it calls parse_arguments.

name=${0##*/}

die() {
    echo "$name: $*" >&2
    exit 1
}

# parse_arguments VERB [KEY=VALUE...]: sets $verb and a variable for each key that the script
# listed in $keys.
parse_arguments() {
    verb=${1:-}
    case $verb in
    start | stop | status) shift ;;
    *) die "usage: $name start|stop|status [KEY=VALUE...], keys: ${keys:-none}" ;;
    esac
    for argument; do
        key=${argument%%=*}
        case " $keys " in
        *" $key "*) eval "$key=\${argument#*=}" ;;
        *) die "unknown argument '$argument'; known keys: $keys" ;;
        esac
    done
}

is_switch() { # KEY VALUE
    case $2 in
    yes | no) ;;
    *) die "$1=$2: yes or no is expected" ;;
    esac
}

link_exists() {
    [ -e "/sys/class/net/$1" ]
}

is_bridge() {
    [ -d "/sys/class/net/$1/bridge" ]
}

default_route_device() {
    ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") print $(i + 1) }' |
        head -n 1
}

allow_forwarding() {
    echo 1 >/proc/sys/net/ipv4/ip_forward || die "cannot switch IPv4 forwarding on"
}
