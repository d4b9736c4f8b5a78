/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU's whole context.  It is checked first, then the tables it names are validated and held,
 * over as many turns as that takes, and only then does it become the vCPU's, which cannot fail any
 * more.  A vCPU without a context is not whole, and the scheduler never chooses it (vcpu_runnable).
 */
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/ptype.h>
#include <hv/sched.h>

#include "room.h"

long context_from_guest(gva_t gva, struct vcpu_guest_context **out)
{
    *out = hv_alloc(sizeof(**out));
    return *out ? guest_read(*out, gva, sizeof(**out)) : -XEN_ENOMEM;
}

static void named_tables(const struct vcpu_guest_context *c, struct ptype_context *t)
{
    t->table[0] = MFN(xen_cr3_to_pfn(c->ctrlreg[3]));
    t->table[1] = MFN(xen_cr3_to_pfn(c->ctrlreg[1]));
    t->bases = t->count = c->ctrlreg[1] ? 2 : 1; /* the tools give it with bit 0, or without */
    t->gdt_entries = (unsigned)c->gdt_ents;
    for (unsigned i = 0; i < (t->gdt_entries + 511) / 512; i++)
        t->table[t->count++] = MFN(c->gdt_frames[i]);
}

/* The tables are held: v gets the context, unless somebody else was first. */
static int commit(struct vcpu *v, const struct vcpu_guest_context *c,
                  const struct ptype_context *tables, bool first)
{
    struct domain *d = v->domain;
    int rc = 0;

    lock(&d->lifecycle);
    if (first && vcpu_whole(v)) {
        rc = refuse(XEN_EEXIST);
    } else {
        ptype_use_context(v, tables);
        arch_vcpu_set_context(v, c);
        if (!first && v->id == 0) /* the tools say it once for the domain */
            d->vm_assist = c->vm_assist & VM_ASSIST_VALID;
        vcpu_set_whole(v, true);
    }
    unlock(&d->lifecycle);
    if (rc)
        ptype_release_context(d, tables);
    return rc;
}

int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c, bool first)
{
    struct ptype_context tables;
    int rc = arch_vcpu_check_context(c);

    if (!rc && c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
        rc = refuse(XEN_EINVAL);
    if (!rc && first && vcpu_whole(v))
        rc = refuse(XEN_EEXIST);
    if (rc)
        return rc;
    named_tables(c, &tables);
    rc = ptype_hold_context(v->domain, &tables);
    return rc ? rc : commit(v, c, &tables, first);
}

void vcpu_drop_context(struct vcpu *v)
{
    if (!vcpu_whole(v))
        return;
    vcpu_set_whole(v, false);
    arch_ldt_set(v, GVA_NONE, 0);
    ptype_drop_gdt(v);
    ptype_drop_base(v);
}
