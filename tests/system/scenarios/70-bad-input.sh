# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Mistakes of the user: one clear error, a non-zero exit, and nothing left behind.
mistake() { # NAME PATTERN FILE: creating from FILE fails and the message has PATTERN
    local pattern=$2
    [ "$TOOL" = xm ] || pattern=''
    ok "$1: refused, and the message says why" refused 1 "$pattern" "$TOOL" create "$3"
    ok "$1: nothing is left" no_leaks
}
edit() { # SED-EXPRESSION: a copy of the debian configuration with a mistake in it
    sed -e "$1" /etc/xen/debian >"$WORK/bad"
}
mistake "no such file" 'nosuch' /etc/xen/nosuch
edit 's/^memory.*/memory = [/'
mistake "broken syntax" 'bad:[0-9]' "$WORK/bad"
edit 's/^memory.*/memory = "lots"/'
mistake "memory is not a number" 'memory' "$WORK/bad"
edit 's/^kernel.*/kernel = "\/srv\/guests\/vmlinus"/'
mistake "missing kernel" 'vmlinus' "$WORK/bad"
edit 's/debian.img/debain.img/'
mistake "missing disk" 'debain.img' "$WORK/bad"
edit 's/^memory.*/memory = 60000/'
mistake "too little memory" 'memory' "$WORK/bad"
edit 's/bridge=xenbr0/bridge=xenbr9/'
mistake "no such bridge" 'xenbr9' "$WORK/bad"
head -c 4096 /dev/urandom >"$WORK/garbage"
edit 's/^kernel.*/kernel = "\/run\/test\/garbage"/'
mistake "kernel is garbage" 'garbage' "$WORK/bad"
# xm 4.1 and xl 4.17 say it in their own words.
no_domain=3 nobody="Domain 'nobody' does not exist"
[ "$TOOL" = xm ] || no_domain=1 nobody='nobody is an invalid domain identifier'
ok "destroy of nobody" refused "$no_domain" "$nobody" $TOOL destroy nobody
ok "an unknown verb" refused 1 'frobnicate' $TOOL frobnicate
