# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A reboot is a new domain of the same name; a crash and a power-off follow the configuration.
rebooted() { [ "$(domid other)" -gt "$first" ]; }
ok "create debian" create debian
ok "it is up" guest_up debian
first=$(domid debian)
ok "it gets another name" $TOOL rename debian other
ok "reboot" $TOOL reboot other
ok "a new domain has that name" wait_until 90 rebooted
ok "and gets the old one back" $TOOL rename other debian
console_close debian
ok "it is up again" guest_up debian
# The shell that gets the command is killed by it, so whether it still answers says nothing.
guest_run debian poweroff 5 >/dev/null 2>&1
ok "power-off from inside ends it" wait_until 60 domain_gone debian
console_close debian
