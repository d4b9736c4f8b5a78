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

/* The i-th table of a context and its type; false: no more. */
static bool context_table(const struct ptype_context *c, unsigned i, mfn_t *mfn, enum ptype *type)
{
    const mfn_t bases[2] = {c->base, c->user_base};

    for (unsigned j = 0; j < ARRAY_SIZE(bases); j++) {
        if (mfn_eq(bases[j], MFN_INVALID))
            continue;
        if (i-- == 0) {
            *mfn = bases[j];
            *type = PT_L4;
            return true;
        }
    }
    if (i < c->gdt_count)
        *mfn = c->gdt[i];
    *type = PT_SEGDESC;
    return i < c->gdt_count;
}

void ptype_release_context(struct domain *d, const struct ptype_context *c)
{
    enum ptype type;
    mfn_t mfn;

    lock(&d->pt_lock);
    for (unsigned i = 0; context_table(c, i, &mfn, &type); i++)
        ptype_table_unref(d, frame_of(mfn));
    unlock(&d->pt_lock);
}

int ptype_hold_context(struct domain *d, const struct ptype_context *c)
{
    struct frame *held[2 + ARRAY_SIZE(c->gdt)];
    unsigned n = 0;
    enum ptype type;
    mfn_t mfn;
    int rc = pt_begin(d);

    if (rc)
        return rc;
    while (!rc && context_table(c, n, &mfn, &type)) {
        rc = ptype_table_ref(d, mfn, type, &held[n]);
        n += !rc;
    }
    while (rc && n--) {
        if (rc == -XEN_ERESTART)
            ptype_table_park(d, held[n]);
        else
            ptype_table_unref(d, held[n]);
    }
    pt_end(d);
    return rc;
}

void ptype_use_context(struct vcpu *v, const struct ptype_context *c)
{
    ptype_drop_gdt(v);
    ptype_drop_base(v);
    lock(&v->domain->pt_lock);
    v->cr3 = c->base;
    v->user_cr3 = c->user_base;
    if (!mfn_eq(v->user_cr3, MFN_INVALID))
        arch_l4_show_m2p(arch_frame_ptr(v->user_cr3), false);
    arch_l4_show_m2p(arch_frame_ptr(v->cr3), true); /* one table for both modes is the kernel's */
    unlock(&v->domain->pt_lock);
    ptype_use_gdt(v, c->gdt, c->gdt_count, c->gdt_entries);
}

void ptype_drop_base(struct vcpu *v)
{
    lock(&v->domain->pt_lock);
    drop(v->domain, &v->user_cr3);
    drop(v->domain, &v->cr3);
    unlock(&v->domain->pt_lock);
}
