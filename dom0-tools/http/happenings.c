/* SPDX-License-Identifier: BSD-2-Clause */
/* Remembering events; see happenings.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uuid/uuid.h>

#include "http/happenings.h"
#include "lib/xalloc.h"
#include "xm/events.h"

static void note(struct happenings *h, const struct event *event, const char *name)
{
    struct happening *new = &h->ring[++h->last % HAPPENINGS];

    free(new->name);
    *new = (struct happening){.number = h->last,
                              .time = time(NULL),
                              .domid = event->domain->domain,
                              .what = event->what,
                              .name = xmemdup(name, strlen(name))};
    if (strcmp(event->what, "shutdown") == 0)
        new->reason = events_reason(event->domain->flags);
    uuid_unparse_lower(event->domain->handle, new->uuid);
}

static void forget_look(struct happenings *h)
{
    if (h->names)
        ts_free_names(h->names, h->count);
    free(h->list);
}

int happenings_look(struct toolstack *ts, struct happenings *h)
{
    xc_domaininfo_t *now;
    int n = ts_domains(ts, &now), events_count;
    struct event *events;
    char **names;

    if (n < 0)
        return -1;
    names = ts_domain_names(ts, now, n);
    events = xcalloc((h->count + n) * 2, sizeof(*events));
    events_count = h->list ? events_between(h->list, h->count, now, n, events) : 0;
    for (int i = 0; i < events_count; i++) {
        const struct event *e = &events[i];
        const bool gone = strcmp(e->what, "destroyed") == 0;

        note(h, e, gone ? h->names[e->domain - h->list] : names[e->domain - now]);
    }
    free(events);
    forget_look(h);
    h->list = now;
    h->names = names;
    h->count = n;
    return 0;
}

void happenings_free(struct happenings *h)
{
    forget_look(h);
    for (int i = 0; i < HAPPENINGS; i++)
        free(h->ring[i].name);
    *h = (struct happenings){0};
}
