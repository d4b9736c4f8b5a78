/* SPDX-License-Identifier: BSD-2-Clause */
/* `list --long`: SXP as xend printed it, or JSON as xl prints it. */
#ifndef XM_LONGLIST_H
#define XM_LONGLIST_H

#include "xm/xm.h"

void longlist_print(struct xm *xm, const xc_domaininfo_t *list, int count);

#endif
