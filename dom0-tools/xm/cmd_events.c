/* SPDX-License-Identifier: BSD-2-Clause */
/* xm events: a line of JSON for whatever happens to domains, until it is stopped. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uuid/uuid.h>

#include "lib/store.h"
#include "lib/xalloc.h"
#include "xm/commands.h"
#include "xm/events.h"
#include "xm/json.h"
#include "xm/xm.h"

/* Names are kept: who is told of an end cannot ask for it any more. */
struct known {
    char *name[DOMID_FIRST_RESERVED];
};

static void print_event(struct toolstack *ts, const struct event *event, struct known *known)
{
    struct json_object *line = xalloc_check(json_object_new_object());
    uint32_t domid = event->domain->domain;
    char uuid[37];

    if (strcmp(event->what, "destroyed") != 0) {
        free(known->name[domid]);
        known->name[domid] = ts_domain_name(ts, domid);
    }
    uuid_unparse_lower(event->domain->handle, uuid);
    json_add_number(line, "time", time(NULL));
    json_add_text(line, "event", event->what);
    json_add_number(line, "domid", domid);
    json_add_text(line, "name", known->name[domid]);
    json_add_text(line, "uuid", uuid);
    if (strcmp(event->what, "shutdown") == 0)
        json_add_text(line, "reason", events_reason(event->domain->flags));
    puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
    json_object_put(line);
}

/* Prints what is new; true while somebody reads it. */
static bool look(struct toolstack *ts, xc_domaininfo_t **list, int *count, struct known *known)
{
    xc_domaininfo_t *now;
    int n = ts_domains(ts, &now), events_count;
    struct event *events;

    if (n < 0)
        return false;
    events = xcalloc((*count + n) * 2, sizeof(*events));
    events_count = events_between(*list, *count, now, n, events);
    for (int i = 0; i < events_count; i++)
        print_event(ts, &events[i], known);
    free(events);
    free(*list);
    *list = now;
    *count = n;
    return fflush(stdout) == 0;
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct known *known;
    xc_domaininfo_t *list = NULL;
    int count = 0;

    (void)args;
    if (!xm_need(ts))
        return XM_FAILED;
    if (!xs_watch(ts->xs, "@introduceDomain", "") || !xs_watch(ts->xs, "@releaseDomain", ""))
        return xm_error("cannot watch xenstore: %s", strerror(errno));
    known = xcalloc(1, sizeof(*known));
    while (look(ts, &list, &count, known) && store_wait(ts->xs, INT64_MAX / 2))
        ;
    for (size_t i = 0; i < DOMID_FIRST_RESERVED; i++)
        free(known->name[i]);
    free(known);
    free(list);
    return ferror(stdout) ? XM_OK : xm_error("xenstored or the hypervisor went away");
}

const struct command cmd_events = {
    .name = "events",
    .synopsis = "",
    .help = "Print a line of JSON for each domain that starts, shuts down or goes",
    .xm_only = true,
    .harmless = true,
    .run = run,
};
