/* SPDX-License-Identifier: BSD-2-Clause */
/* Life-cycle events; see events.h. */
#include <stdbool.h>
#include <string.h>

#include "xm/events.h"

static bool same(const xc_domaininfo_t *a, const xc_domaininfo_t *b)
{
    return a->domain == b->domain && memcmp(a->handle, b->handle, sizeof(a->handle)) == 0;
}

static bool down(const xc_domaininfo_t *d)
{
    return d->flags & XEN_DOMINF_shutdown;
}

static bool dying(const xc_domaininfo_t *d)
{
    return d->flags & XEN_DOMINF_dying;
}

/* A dying domain is gone for everybody but the hypervisor. */
static const xc_domaininfo_t *first(const xc_domaininfo_t *list, int count, int *i)
{
    while (*i < count && dying(&list[*i]))
        ++*i;
    return *i < count ? &list[*i] : NULL;
}

int events_between(const xc_domaininfo_t *old, int old_count, const xc_domaininfo_t *now,
                   int now_count, struct event *events)
{
    int i = 0, j = 0, n = 0;

    for (;;) {
        const xc_domaininfo_t *was = first(old, old_count, &i), *is = first(now, now_count, &j);

        if (!was && !is)
            return n;
        if (was && is && same(was, is)) {
            if (down(is) && !down(was))
                events[n++] = (struct event){"shutdown", is};
            i++;
            j++;
        } else if (was && (!is || was->domain <= is->domain)) {
            events[n++] = (struct event){"destroyed", was};
            i++;
        } else {
            events[n++] = (struct event){"created", is};
            if (down(is))
                events[n++] = (struct event){"shutdown", is};
            j++;
        }
    }
}

const char *events_reason(uint32_t flags)
{
    static const char *const names[] = {"poweroff", "reboot",   "suspend",
                                        "crash",    "watchdog", "soft-reset"};
    unsigned int reason = (flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;

    return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : NULL;
}
