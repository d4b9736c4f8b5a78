/* SPDX-License-Identifier: BSD-2-Clause */
/* Base pointers: which level-4 tables a vCPU runs on, each held by a reference. */
#include "ptype_int.h"

static void drop(struct domain *d, mfn_t *which)
{
    mfn_t old = *which;
    *which = MFN_INVALID;
    if (!mfn_eq(old, MFN_INVALID))
        ptype_table_unref(d, frame_of(old));
}

/* pt_lock held: the new table first, then the hardware, then the old table. */
static int set_base(struct vcpu *v, mfn_t mfn, bool user)
{
    mfn_t *which = user ? &v->user_cr3 : &v->cr3, old = *which;
    struct frame *f;

    int rc = ptype_table_ref(v->domain, mfn, PT_L4, &f);
    if (unlikely(rc))
        return rc;
    *which = mfn;
    if (!user || !mfn_eq(mfn, v->cr3)) /* one table for both modes is the kernel's */
        arch_l4_show_m2p(arch_frame_ptr(mfn), !user);
    if (!user || v->in_user)
        arch_load_base(v);
    if (likely(!mfn_eq(old, MFN_INVALID)))
        ptype_table_unref(v->domain, frame_of(old));
    return 0;
}

int ptype_set_base(struct vcpu *v, mfn_t l4, bool user)
{
    int rc;

    do {
        rc = pt_begin(v->domain);
        if (!rc) {
            rc = set_base(v, l4, user);
            pt_end(v->domain);
        }
    } while (rc == -XEN_ERESTART);
    return rc;
}

int ptype_switch_base(struct vcpu *v, mfn_t mfn, bool user)
{
    int rc = pt_begin(v->domain);
    if (unlikely(rc))
        return rc;
    if (user && !mfn.n)
        drop(v->domain, &v->user_cr3);
    else
        rc = set_base(v, mfn, user);
    pt_end(v->domain);
    return rc;
}

void ptype_drop_base(struct vcpu *v)
{
    lock(&v->domain->pt_lock);
    v->domain->pt_budget = PT_BUDGET;
    drop(v->domain, &v->user_cr3);
    drop(v->domain, &v->cr3);
    unlock(&v->domain->pt_lock);
}
