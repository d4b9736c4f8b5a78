/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What everything that manages domains works with: the hypervisor (<xenctrl.h>), the store
 * (<xenstore.h>), the last error, and how to find domains.  These two libraries are the only ways
 * out of this room to domains; tests put fakes in their place when they link.
 */
#ifndef DOMAIN_TOOLSTACK_H
#define DOMAIN_TOOLSTACK_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>
#include <xenstore.h>

#include "lib/fail.h"

struct toolstack {
    const char *program; /* as called: "xm", "xl" or "xend" */
    bool xl;             /* speak xl's dialect */
    xc_interface *xch;
    struct xs_handle *xs;
    struct fail fail; /* what the last -1 of a function of this room means */
};

/* Opens the hypervisor interface, or both it and the store, once; 0 or -1. */
int ts_open_xc(struct toolstack *ts);
int ts_open(struct toolstack *ts);
void ts_close(struct toolstack *ts);

/* All domains, malloc'ed, sorted by id: how many, or -1. */
int ts_domains(struct toolstack *ts, xc_domaininfo_t **list);

/* One domain's state; false if there is none of exactly that id. */
bool ts_domain_info(struct toolstack *ts, uint32_t domid, xc_domaininfo_t *info);

/* Its name, malloc'ed and never NULL: a domain without one is called by its number. */
char *ts_domain_name(struct toolstack *ts, uint32_t domid);

/* Those of the @n domains of @list, asked for at once: for ts_free_names(). */
char **ts_domain_names(struct toolstack *ts, const xc_domaininfo_t *list, int n);
void ts_free_names(char **names, int n);

/* The domain called @name: its id, or -1 if there is none (no error). */
int ts_domid_of(struct toolstack *ts, const char *name);

/* Finds a domain by name or number (digits only are a number): 1; 0 if there is none; -1. */
int ts_find(struct toolstack *ts, const char *who, uint32_t *domid);

/* True while somebody holds the daemon's lock file, i.e. while xend runs. */
bool ts_xend_running(void);

#endif
