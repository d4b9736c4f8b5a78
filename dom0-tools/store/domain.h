/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains that talk to the store through a ring, and the end of their lives. */
#ifndef STORE_DOMAIN_H
#define STORE_DOMAIN_H

#include <stdbool.h>

#include "store/conn.h"

/* A domain that the log tells of; it is served once domain_init() was called. */
struct conn *domain_adopt(struct state *s, unsigned int slot, unsigned int domid);

/*
 * Opens the Xen devices and connects dom0's kernel and the domains that are known; 0, or -1 after
 * saying what is missing.
 */
int domain_init(struct state *s);

/* The domain half of struct store_io. */
int domain_introduce(unsigned int domid, unsigned long mfn, unsigned int port);
int domain_release(unsigned int domid);
int domain_resume(unsigned int domid);
int domain_set_target(unsigned int domid, unsigned int target);
bool domain_introduced(unsigned int domid);

/* Frees the domains that were released. */
void domain_reap(void);

#endif
