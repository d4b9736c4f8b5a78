/* SPDX-License-Identifier: BSD-2-Clause */
/* What every verb of xm works with: the connections, the errors, and how to find domains. */
#ifndef XM_XM_H
#define XM_XM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <xenctrl.h>
#include <xenstore.h>

#include "lib/fail.h"
#include "xm/command.h"

struct xm {
    const char *program; /* as called: "xm" or "xl" */
    bool xl;             /* speak xl's dialect */
    xc_interface *xch;
    struct xs_handle *xs;
    struct fail fail;
};

/* Opens the hypervisor interface, or the store, once; false with a message printed. */
bool xm_need_xc(struct xm *xm);
bool xm_need_xs(struct xm *xm);

/* Prints "Error: ..." and returns XM_FAILED, so that `return xm_error(...)` reads well. */
int xm_error(const struct xm *xm, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints what xm->fail says and returns XM_FAILED. */
int xm_report(const struct xm *xm);

/* ---- domains ---- */

/* All domains, malloc'ed, sorted by id; -1 with a message printed. */
int xm_domains(struct xm *xm, xc_domaininfo_t **list);

/* One domain's state; false if there is none of exactly that id. */
bool xm_domain_info(struct xm *xm, uint32_t domid, xc_domaininfo_t *info);

/* A domain's name, malloc'ed; "(null)"-like text is never returned: unnamed ones get their id. */
char *xm_domain_name(struct xm *xm, uint32_t domid);

/*
 * Finds a domain by name or number (a name of digits only is taken as a number).
 * XM_OK, or an exit code with the message printed.
 */
int xm_find(struct xm *xm, const char *who, uint32_t *domid);

/* The domain called @name: its id, or -1. */
int xm_domid_of(struct xm *xm, const char *name);

/* True while somebody holds the daemon's lock file, i.e. while xend runs. */
bool xm_xend_running(void);

#endif
