/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rooms' auditors: each recomputes its room's named invariants from scratch and answers how
 * many are broken, logged.  They take no locks and walk everything: nothing else may run meanwhile,
 * so they are the tests' and no part of the hypervisor (the scheduler's is: it takes its locks,
 * hv/sched.h).
 */
#ifndef AUDIT_H
#define AUDIT_H

#include <hv/budget.h>
#include <hv/frame.h>

/* Of a type word: FRAME_TYPE_HV, and nothing that ptype's flags could mean. */
#define FRAME_TYPE_MASK (0xFFUL << 56)

int frame_audit(void);                   /* F-1 to F-4, frame.c's half of PT-7 */
int ptype_audit(const struct domain *d); /* PT-1 to PT-4, PT-7 */
/* The same; *excess: references and WRITABLE types on d's frames that no table, pin, base pointer,
 * descriptor table or allocation explains (grants hold such). */
int ptype_audit_exact(const struct domain *d, uint64_t *excess);
int evtchn_audit(const struct domain *d); /* EV-1 to EV-5 */
int grant_audit(const struct domain *d);  /* GR-1, GR-2, GR-4 */

/* frame_next, whatever it costs. */
static inline struct frame *audit_frame_next(const struct domain *d, uint64_t *cursor)
{
    struct budget *b = arch_budget();
    const struct budget was = *b;

    b->left = INT32_MAX;
    struct frame *f = frame_next(d, cursor);
    *b = was;
    return f;
}

#endif
