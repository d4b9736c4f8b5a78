# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# shellcheck disable=SC2154 # never is of lib.sh
# The hands-on guide's second guest: a frame buffer that a VNC viewer looks at and types on.  The
# pictures come back as display-*.ppm.  How long a whole picture takes means something with an
# instruction-counted clock only; LIMIT_MS judges it:
#   tests/system/run --icount --timeout 3000 -- LIMIT_MS=100 55-display
: "${RESULTS:=$WORK}"
PICTURE=$RESULTS/display
[ "$TOOL" = xm ] || skip "display" "Debian's xl needs QEMU for it"
vnc_port() { xenstore-read "/local/domain/$(domid "$1")/console/vnc-port"; }
picture_of() { # NAME PASSWORD TEXT PICTURE
    ./viewer 127.0.0.1 "$(vnc_port "$1")" "$2" "$3" "$4"
}
redrawn() { # what the viewer said
    awk -v limit="${LIMIT_MS:-1e9}" '/ redrawn in / { n++; ms = $(NF - 1); print } END { exit !n || ms > limit }' "$1"
}
fb_pid() { pgrep -o hospes-fb; }
killed_fb() {
    local old
    old=$(fb_pid)
    kill -9 "$old" && wait_until 20 eval "[ -n \"\$(fb_pid)\" ] && [ \"\$(fb_pid)\" != $old ]"
}
typed_to_sleeper() { # NAME TEXT: all of it before the guest, which stands still, can take one key
    local said=$WORK/typed viewer
    : >"$said"
    xm pause "$1"
    picture_of "$1" '' "$2" /dev/null >"$said" 2>&1 &
    viewer=$!
    wait_until 120 grep -qx typed "$said"
    xm unpause "$1"
    wait "$viewer"
}

if [ "$TOOL" = xm ]; then
    sed "s/^name .*/name = 'debian'/" /etc/xen/debian >/etc/xen/display
    echo "vfb = [ 'vnc=1,vnclisten=127.0.0.1' ]" >>/etc/xen/display
    ok "display: create" create display
    ok "it is the first: on port 5900" same 5900 "$(vnc_port debian)"
    ok "a second guest, with a password" create mini -p "vfb=vnc=1,vncpasswd=secret"
    ok "has the next port" same 5901 "$(vnc_port mini)"
    ok "the password is not the guest's to read" same n0 "$(xenstore-ls -p /local/domain/0/backend/vfb/"$(domid mini)"/0 |
        sed -n 's/.*vncpasswd = .*(\(n0\)[,)].*/\1/p')"
    ok "a viewer with another password is refused" refused 1 'cannot connect' picture_of mini wrong '' /dev/null
    ok "one that knows it is not" picture_of mini secret '' /dev/null
    ok "list --long names the display" contains <(xm list --long debian) '(vfb$\|(vfb '
    ok "destroy the second" xm destroy mini
    ok "it is up" guest_up debian
    ok "the process that shows it has no rights" same nobody "$(ps -o user= -p "$(fb_pid)")"
    guest_run debian "(setsid -c bash --norc -i </dev/tty1 >/dev/tty1 2>&1 &); echo 0 >/sys/class/graphics/fbcon/cursor_blink"
    ok "a viewer types at the guest's console" picture_of debian '' \
        $'clear; echo "Typed by a viewer" | tee /tmp/typed; uname -a; ls /\n' "$PICTURE-typed.ppm"
    cp "$WORK/out" "$WORK/redrawn"
    sed 's/^/# /' "$WORK/redrawn"
    ok "its whole picture came again${LIMIT_MS:+ in $LIMIT_MS ms}" redrawn "$WORK/redrawn"
    ok "the guest has got it" wait_until 60 guest_run debian 'grep -qx "Typed by a viewer" /tmp/typed'
    ok "more than its ring holds is typed while it is paused" typed_to_sleeper debian \
        $'echo "none of these many keys may be lost" >>/tmp/typed\n'
    ok "and comes whole" wait_until 60 guest_run debian 'grep -qx "none of these many keys may be lost" /tmp/typed'
    ok "while the picture rests, nothing wakes" rest "$(fb_pid)"
    ok "hospes-fb is killed and back" killed_fb
    ok "a viewer connects again and types" picture_of debian '' $'echo AGAIN >>/tmp/typed\n' "$PICTURE-again.ppm"
    ok "the guest has not noticed" wait_until 60 guest_run debian 'grep -qx AGAIN /tmp/typed'
    ok "the picture is still there" test "$(cmp -l "$PICTURE-typed.ppm" "$PICTURE-again.ppm" | wc -l)" -lt 60000
    ok "vncviewer names the place if dom0 has no viewer" refused 1 '127.0.0.1::5900' xm vncviewer debian
    ok "shutdown" $TOOL shutdown -w debian
    ok "it is gone" wait_until 60 domain_gone debian
    rm -f /etc/xen/display
fi
