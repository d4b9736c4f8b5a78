/* SPDX-License-Identifier: BSD-2-Clause */
/* The requests that read or change nodes; they run on the live tree or within a transaction. */
#ifndef STORE_NODEOPS_H
#define STORE_NODEOPS_H

#include "store/call.h"
#include "store/db.h"

/* Runs a node request: 0 or an errno value.  Same tree, same call: same result. */
int nodeop_run(const struct view *v, const struct call *call, struct reply *r);

/* Is this one of the requests that nodeop_run() knows? */
bool nodeop_known(uint32_t type);

/* May its path be one of the special watch names? */
bool nodeop_special(uint32_t type);

#endif
