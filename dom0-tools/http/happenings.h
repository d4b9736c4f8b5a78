/* SPDX-License-Identifier: BSD-2-Clause */
/* What has happened to domains: the last HAPPENINGS events since there was somebody to see them. */
#ifndef HTTP_HAPPENINGS_H
#define HTTP_HAPPENINGS_H

#include <stdint.h>

#include "domain/toolstack.h"

#define HAPPENINGS 200

struct happening {
    uint64_t number; /* from 1 on, without a gap */
    int64_t time;    /* seconds since 1970 */
    uint32_t domid;
    const char *what, *reason; /* as xm/events.h has them; reason NULL: none is known */
    char *name, uuid[37];
};

struct happenings {
    struct happening ring[HAPPENINGS]; /* number n is at n % HAPPENINGS */
    uint64_t last;                     /* number of the last one */
    xc_domaininfo_t *list;             /* the last look, and the names then */
    char **names;
    int count;
};

/* Notes what has changed since the last look; the first one notes nothing.  0 or -1. */
int happenings_look(struct toolstack *ts, struct happenings *h);

void happenings_free(struct happenings *h);

#endif
