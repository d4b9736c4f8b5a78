/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a domain, carried out.  What is to be started again is written down first, so that an
 * xend killed at any step, or one that is started later, finishes it.
 */
#ifndef XEND_ENDING_H
#define XEND_ENDING_H

#include <stdint.h>

#include "domain/toolstack.h"
#include "xend/verdict.h"

struct ending_plan {
    uint32_t domid;
    enum verdict verdict;
    bool core;                /* write one first, if that can be done */
    unsigned int short_lives; /* lives in a row, with this one, that ended at once */
};

/*
 * Carries out @plan; may take seconds, so xend calls it in a child.  0, or -1 with ts->fail, and
 * then the domain has been destroyed or is as it was.  What became of the core goes to @say.
 */
int ending_run(struct toolstack *ts, const struct ending_plan *plan,
               void (*say)(const char *fmt, ...));

/*
 * Finishes what an earlier xend began: starts every domain that was written down and whose old
 * life is over.  How many could not be started; the reasons go to @say.
 */
int ending_recover(struct toolstack *ts, void (*say)(const char *fmt, ...));

#endif
