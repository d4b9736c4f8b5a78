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

#endif
