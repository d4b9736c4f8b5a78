/* SPDX-License-Identifier: BSD-2-Clause */
/* Hotplug scripts, called as Xen's toolstack calls them (environment and arguments alike). */
#ifndef DOMAIN_HOTPLUG_H
#define DOMAIN_HOTPLUG_H

#include "domain/toolstack.h"

/*
 * Runs "SCRIPT ACTION [type_if=vif]" for device @id of @domid and waits for it.
 * 0, or -1 with the script's own error (hotplug-error or its stderr) in ts->fail.
 */
int hotplug_run(struct toolstack *ts, const char *script, const char *action, const char *type,
                uint32_t domid, uint32_t id);

#endif
