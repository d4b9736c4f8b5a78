/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much one unprivileged domain may make the daemon hold.  Pure.  The defaults are those of
 * Xen 4.17's xenstored; privileged clients are not limited except by protocol sizes.
 */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>

struct quota {
    unsigned int nodes;             /* owned by the domain */
    unsigned int watches;           /* registered by the domain */
    unsigned int transactions;      /* open at the same time */
    unsigned int outstanding;       /* messages queued for it before its requests have to wait */
    unsigned int transaction_nodes; /* requests within one transaction */
    unsigned int node_size;         /* bytes of a node's value */
    unsigned int perms;             /* entries of a node's permission list */
    unsigned int events;            /* watch events queued for it before further ones are lost */
};

void quota_init(struct quota *q);

/* Sets the quota called @name; false when there is none of that name. */
bool quota_set(struct quota *q, const char *name, unsigned int value);

/* Writes all as lines "name: value"; returns the length without the nul, < @room. */
size_t quota_print(const struct quota *q, char *out, size_t room);

#endif
