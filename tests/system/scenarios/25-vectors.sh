# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest that uses vector registers leaves those of dom0's processes alone.
ok "vectors: create debian" create debian
ok "vectors: it is up" guest_up debian
ok "vectors: dom0's are whole" ./vectors 3
# Long strings are compared by vector instructions; one process for each vCPU.
ok "vectors: the guest uses its own" guest_perl debian vectors \
    'fork; my $text = "x" x 300000; 1 while $text eq ("x" x 300000)'
ok "vectors: dom0's are whole beside it" ./vectors 20
ok "vectors: destroy" $TOOL destroy debian
