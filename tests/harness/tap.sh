# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The assertions of tests/system/tap.sh: each is also given what it must not accept.
says() { echo "$2"; return "$1"; }
crashes() { sh -c 'echo no such disk; kill -SEGV $$'; }
no() { ! "$@"; }

ok "refused: the status and the message" refused 1 'such disk' says 1 'no such disk'
ok "refused: not a success" no refused 1 'such disk' says 0 'no such disk'
ok "refused: not another status" no refused 1 'such disk' says 2 'no such disk'
ok "refused: not another message" no refused 1 'such disk' says 1 'no such domain'
ok "refused: not a crash" no refused 1 'such disk' crashes
ok "refused: not a missing program" no refused 1 'nosuch' nosuch-program
ok "refused: silence, where it is expected" refused 1 '^$' false
ok "refused: not a message in its place" no refused 1 '^$' says 1 'no such disk'
