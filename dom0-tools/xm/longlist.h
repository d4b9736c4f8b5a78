/* SPDX-License-Identifier: BSD-2-Clause */
/* `list --long`: SXP as xend printed it, or JSON as xl prints it. */
#ifndef XM_LONGLIST_H
#define XM_LONGLIST_H

#include "conf/conf.h"
#include "domain/toolstack.h"

/* With @sxp the former, whatever the dialect. */
void longlist_print(struct toolstack *ts, const xc_domaininfo_t *list, int count, bool sxp);

/* A managed domain that does not run: without domid and state; (status 0), or 3 if @suspended. */
void longlist_print_halted(const struct conf *conf, bool suspended);

#endif
