# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# shellcheck disable=SC2154 # work and top are run's
# The image cache, with a recipe of two small parts.
export HOSPES_CACHE=$work/cache HOSPES_PARTS=$work/parts
cat >"$HOSPES_PARTS" <<'END'
text() { cat "$work/input"; }
part first '' input
build_first() { text >text; echo built >>"$work/builds"; }
part second first ''
build_second() { [ ! -f "$work/break" ]; cp "$(folder first)/text" copy; }
END
export work

images() { "$top/tests/machine/images" "$@"; }
builds() { wc -l <"$work/builds"; }
copy_is() { grep -qx "$1" "$(images path second/copy)"; }

a_new_time_builds_nothing() {
    echo one >"$work/input" && copy_is one && touch "$work/input" "$HOSPES_PARTS" && images &&
        [ "$(builds)" = 1 ]
}

new_content_is_built_beside() {
    local old
    old=$(images path second/copy)
    echo two >"$work/input"
    copy_is two && grep -qx one "$old" && [ "$(builds)" = 2 ]
}

old_content_is_found_again() {
    echo one >"$work/input"
    copy_is one && [ "$(builds)" = 2 ]
}

a_new_helper_is_a_new_part() {
    local before
    before=$(images name second)
    sed -i 's/^text() {/text() { echo head;/' "$HOSPES_PARTS"
    [ "$(images name second)" != "$before" ] && copy_is head
}

a_broken_build_leaves_no_part() {
    echo three >"$work/input"
    touch "$work/break"
    if images path second/copy; then return 1; fi
    rm "$work/break"
    copy_is three
}

two_builders_build_once() {
    local before one two
    before=$(builds)
    echo four >"$work/input"
    images >/dev/null & one=$!
    images >/dev/null & two=$!
    wait $one && wait $two && copy_is four && [ "$(builds)" = $((before + 1)) ]
}

what_stands_aside_goes() {
    mkdir "$HOSPES_CACHE/second-0123456789abcdef.aside"
    echo five >"$work/input"
    copy_is five && [ ! -d "$HOSPES_CACHE/second-0123456789abcdef.aside" ]
}

for case in a_new_time_builds_nothing new_content_is_built_beside old_content_is_found_again \
    a_new_helper_is_a_new_part a_broken_build_leaves_no_part two_builders_build_once \
    what_stands_aside_goes; do
    ok "image cache: ${case//_/ }" "$case"
done
unset HOSPES_CACHE HOSPES_PARTS
