/* SPDX-License-Identifier: BSD-2-Clause */
/* Base pointers: which level-4 tables a vCPU runs on, each held by a reference. */
#include <hv/dirty.h>

#include "ptype_int.h"

static void drop(struct vcpu *v, bool user) REQUIRES(v->domain->pt_lock)
{
    mfn_t *which = user ? &v->user_cr3 : &v->cr3, old = *which;

    *which = MFN_INVALID;
    shadow_base(v, user);
    if (!mfn_eq(old, MFN_INVALID))
        ptype_table_unref(v->domain, frame_of(old));
}

/* The new table first, then the hardware, then the old table. */
static int set_base(struct vcpu *v, mfn_t mfn, bool user) REQUIRES(v->domain->pt_lock)
{
    mfn_t *which = user ? &v->user_cr3 : &v->cr3, old = *which;
    struct frame *f;

    int rc = ptype_table_ref(v->domain, mfn, PT_L4, &f);
    if (unlikely(rc))
        return rc;
    *which = mfn;
    shadow_base(v, user);
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
        drop(v, true);
    else
        rc = set_base(v, mfn, user);
    pt_end(v->domain);
    return rc;
}

void ptype_release_context(struct domain *d, const struct ptype_context *c)
{
    lock(&d->pt_lock);
    for (unsigned i = 0; i < c->count; i++)
        ptype_table_unref(d, frame_of(c->table[i]));
    unlock(&d->pt_lock);
}

int ptype_hold_context(struct domain *d, const struct ptype_context *c)
{
    struct frame *held[ARRAY_SIZE(c->table)];
    unsigned n;
    int rc = pt_begin(d);

    if (rc)
        return rc;
    for (n = 0; n < c->count; n++) {
        rc = ptype_table_ref(d, c->table[n], n < c->bases ? PT_L4 : PT_SEGDESC, &held[n]);
        if (unlikely(rc))
            break;
    }
    while (unlikely(rc) && n--) {
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
    v->cr3 = c->table[0];
    v->user_cr3 = c->bases > 1 ? c->table[1] : MFN_INVALID;
    shadow_base(v, true);
    shadow_base(v, false);
    if (!mfn_eq(v->user_cr3, MFN_INVALID))
        arch_l4_show_m2p(arch_frame_ptr(v->user_cr3), false);
    arch_l4_show_m2p(arch_frame_ptr(v->cr3), true); /* one table for both modes is the kernel's */
    unlock(&v->domain->pt_lock);
    ptype_use_gdt(v, c->table + c->bases, c->count - c->bases, c->gdt_entries);
}

void ptype_drop_base(struct vcpu *v)
{
    lock(&v->domain->pt_lock);
    drop(v, true);
    drop(v, false);
    unlock(&v->domain->pt_lock);
}
