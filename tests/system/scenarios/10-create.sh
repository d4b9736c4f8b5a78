# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Create, list and destroy, without waiting for the guest's own work.
ok "create: debian, paused" create debian -p
ok "list shows it" domain_exists debian
ok "it is paused" same --p--- "$(domain_state debian)"
ok "it has its memory" same 256 "$(domain_column debian 3)"
ok "its name is in the store" same debian "$(xenstore-read "/local/domain/$(domid debian)/name")"
ok "a second guest of that name is refused" refused 1 'already exists' create debian -p
ok "and changed nothing" same 1 "$($TOOL list | grep -c '^debian ')"
ok "destroy" $TOOL destroy debian
ok "it is gone" domain_gone debian
