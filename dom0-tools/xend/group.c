/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups of xend's processes; see group.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/cgroup.h"
#include "lib/loop.h"
#include "lib/xalloc.h"
#include "xend/group.h"
#include "xend/journal.h"

/*
 * A worker has 256 MiB of addresses and 64 threads at most (backends/lib/confine.c); the kernel's
 * part of it, its monitor with the broker's thread, and a display's process need less than the rest.
 */
static const struct cgroup_bounds bounds = {.memory = UINT64_C(512) << 20, .tasks = 80};

/* A group whose last processes have been killed and are about to end. */
struct remains {
    struct source source; /* first: on_events() casts */
    struct remains *next;
    char name[CGROUP_NAME];
};
static struct remains *all;

static void forget(struct remains *r)
{
    struct remains **link = &all;

    while (*link != r)
        link = &(*link)->next;
    *link = r->next;
    loop_del(&r->source);
    close(r->source.fd);
    free(r);
}

static struct remains *find(const char *name)
{
    struct remains *r = all;

    while (r && strcmp(r->name, name) != 0)
        r = r->next;
    return r;
}

static void on_events(struct source *s, uint32_t events)
{
    struct remains *r = (struct remains *)s;
    char text[64];

    (void)events;
    /* Read, or it would tell of the same change for ever. */
    if (pread(s->fd, text, sizeof(text), 0) < 0 || cgroup_end(r->name) == 0 || errno != EBUSY)
        forget(r);
}

bool group_begin(const char *name)
{
    static bool told;
    struct remains *r = find(name);
    struct fail f;

    if (r)
        forget(r); /* its group has a use again */
    if (cgroup_make(name, &bounds, &f) == 0)
        return true;
    if (!told)
        journal("devices' processes have no bounds of memory and number but their own: %s", f.text);
    told = true;
    return false;
}

static void wait_for(const char *name)
{
    struct remains *r = xcalloc(1, sizeof(*r));

    snprintf(r->name, sizeof(r->name), "%s", name);
    r->source = (struct source){.fd = cgroup_events(name), .ready = on_events};
    if (r->source.fd >= 0 && loop_add(&r->source, EPOLLPRI) == 0) {
        r->next = all;
        all = r;
        on_events(&r->source, 0); /* what ended before it was watched */
        return;
    }
    if (r->source.fd >= 0)
        close(r->source.fd);
    free(r);
}

void group_end(const char *name)
{
    if (cgroup_end(name) && errno == EBUSY && !find(name))
        wait_for(name);
}
