/* SPDX-License-Identifier: BSD-2-Clause */
/* xm events: a line of JSON for whatever happens to domains, until it is stopped. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uuid/uuid.h>

#include "domain/device.h"
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

static void print_line(struct json_object *line)
{
    puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
    json_object_put(line);
}

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
    print_line(line);
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

/* A back-end says that its device is slow or fails (backends/lib/monitor.c). */
static void print_trouble(struct toolstack *ts, const char *path)
{
    static const char *const keys[] = {"slow", "longest_ms", "failed"};
    unsigned int domid, id, numbers[3];
    char type[8], *text, *name;
    struct json_object *line;
    int end = 0;

    if (sscanf(path, BACKEND_DIR "/%7[a-z]/%u/%u/trouble%n", type, &domid, &id, &end) != 3 ||
        !end || path[end])
        return;
    text = store_read(ts->xs, "%s", path);
    if (!text || sscanf(text, "%u %u %u", &numbers[0], &numbers[1], &numbers[2]) != 3) {
        free(text); /* gone with its device */
        return;
    }
    free(text);
    line = xalloc_check(json_object_new_object());
    name = ts_domain_name(ts, domid);
    json_add_number(line, "time", time(NULL));
    json_add_text(line, "event", "device-trouble");
    json_add_number(line, "domid", domid);
    json_add_text(line, "name", name);
    json_add_text(line, "type", type);
    json_add_number(line, "device", id);
    for (int i = 0; i < 3; i++)
        json_add_number(line, keys[i], numbers[i]);
    print_line(line);
    free(name);
}

static bool is_of_device(const char *path)
{
    return strncmp(path, BACKEND_DIR, strlen(BACKEND_DIR)) == 0;
}

/* Waits for the next event of domains; false when there will be none. */
static bool wait_for_domains(struct toolstack *ts)
{
    for (;;) {
        char **event = store_event(ts->xs, INT64_MAX / 2);
        bool of_device = event && is_of_device(event[XS_WATCH_PATH]);

        if (of_device)
            print_trouble(ts, event[XS_WATCH_PATH]);
        free(event);
        if (!of_device)
            return event != NULL;
        if (fflush(stdout) != 0)
            return false;
    }
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct known *known;
    xc_domaininfo_t *list = NULL;
    int count = 0;

    (void)args;
    if (!xm_need(ts))
        return XM_FAILED;
    if (!xs_watch(ts->xs, "@introduceDomain", "") || !xs_watch(ts->xs, "@releaseDomain", "") ||
        !xs_watch(ts->xs, BACKEND_DIR, ""))
        return xm_error("cannot watch xenstore: %s", strerror(errno));
    known = xcalloc(1, sizeof(*known));
    while (look(ts, &list, &count, known) && wait_for_domains(ts))
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
    .help = "Print a line of JSON for domains' starts and ends, and for disks in trouble",
    .xm_only = true,
    .harmless = true,
    .run = run,
};
