/* SPDX-License-Identifier: BSD-2-Clause */
/* What has happened to domains between two looks at them, without any I/O. */
#ifndef XM_EVENTS_H
#define XM_EVENTS_H

#include <stdint.h>
#include <xenctrl.h>

struct event {
    const char *what; /* "created", "shutdown", "destroyed" */
    const xc_domaininfo_t *domain;
};

/*
 * Compares two lists sorted by id; writes at most @old_count * 2 + @new_count * 2 events to
 * @events, in the order of ids, and returns how many.  A number that another domain has taken
 * (its uuid tells) is the end of one and the beginning of the other.
 */
int events_between(const xc_domaininfo_t *old, int old_count, const xc_domaininfo_t *now,
                   int now_count, struct event *events);

/* "poweroff", "reboot", "suspend", "crash", "watchdog", "soft-reset"; NULL: none of these. */
const char *events_reason(uint32_t flags);

#endif
