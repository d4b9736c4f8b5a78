/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving a domain another name, everywhere it is kept. */
#ifndef DOMAIN_RENAME_H
#define DOMAIN_RENAME_H

#include "domain/toolstack.h"

/*
 * The store, the config by which xend starts it again, and its definition if it is managed.
 * 0, or -1 with ts->fail.
 */
int domain_rename(struct toolstack *ts, uint32_t domid, const char *name);

/* The same, but its definition is left alone: it speaks of the domain's successor. */
int domain_rename_live(struct toolstack *ts, uint32_t domid, const char *name);

/* That in two, for when time matters: in the config by which xend starts it again, which takes
 * long, and then in the store, if the name is free. */
int domain_rename_kept(struct toolstack *ts, uint32_t domid, const char *name);
int domain_rename_shown(struct toolstack *ts, uint32_t domid, const char *name);

/* What xm calls a domain that it sends away, until that is over. */
#define MIGRATING "migrating-"

/* Calls it MIGRATING-@name, or @name again: in the store alone, for if it ends meanwhile it is
 * started again as what it was.  0, or -1 with ts->fail. */
int domain_rename_migrating(struct toolstack *ts, uint32_t domid, const char *name, bool migrating);

/* A name without that. */
const char *domain_proper_name(const char *name);

#endif
