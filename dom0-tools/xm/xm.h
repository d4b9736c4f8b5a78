/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs share: errors on the terminal, and finding the domain that was named. */
#ifndef XM_XM_H
#define XM_XM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "domain/toolstack.h"
#include "xm/command.h"

/* The whole program: finds the verb, parses its options, runs it; an exit code. */
int xm_main(int argc, char **argv);

/* Opens what a verb needs, once; false with a message printed. */
bool xm_need_xc(struct toolstack *ts);
bool xm_need(struct toolstack *ts);

/* Prints "Error: ..." and returns XM_FAILED, so that `return xm_error(...)` reads well. */
int xm_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints what ts->fail says and returns XM_FAILED. */
int xm_report(const struct toolstack *ts);

/*
 * Finds a domain by name or number (digits only are a number).
 * XM_OK, or an exit code with the message printed.
 */
int xm_find(struct toolstack *ts, const char *who, uint32_t *domid);

/* The same for xl's domid and domname, which have words of their own for "there is none". */
int xm_find_by(struct toolstack *ts, const char *who, uint32_t *domid, const char *wanted);

/*
 * The domains named in @args, or all: malloc'ed, *@count of them; NULL with an exit code in *@ret.
 * With @halted, managed domains that do not run may be named too; they are passed over.
 */
xc_domaininfo_t *xm_select(struct toolstack *ts, const struct args *args, int *count, int *ret,
                           bool halted);

/* Is @name among the operands? */
bool xm_named(const struct args *args, const char *name);

/* A domain's weight and cap; false with errno. */
bool xm_cpu_share(struct toolstack *ts, uint32_t domid, struct xen_domctl_sched_credit *out);

#endif
