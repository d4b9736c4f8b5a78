/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recomputes PT-1 .. PT-4 and PT-7 from the tables: every validated table of every domain
 * is walked, what its entries hold is counted per frame, and a domain's frames
 * are compared with the counts.
 */
#include "../../hypervisor/core/ptype/ptype_int.h"
#include "audit.h"

/* What is known to hold a frame. */
struct tally {
    uint32_t refs, types;
};
struct audit {
    const struct domain *d;
    struct tally *frames;
    uint64_t excess;
    int bad;
};

static void complain(struct audit *a, const char *rule, uint64_t mfn)
{
    const struct frame *f = frame_of(MFN(mfn));
    log_err("ptype audit: %s broken by mfn %lx of d%d: ref %lx type %lx, found %u refs %u types",
            rule, mfn, a->d->id, atomic_load(&f->ref), atomic_load(&f->type), a->frames[mfn].refs,
            a->frames[mfn].types);
    a->bad++;
}

/* Entries [0, n) of a table of this level. */
static void tally_entries(struct audit *a, uint64_t table_mfn, enum ptype level, unsigned n)
{
    const uint64_t *table = arch_frame_ptr(MFN(table_mfn));

    for (unsigned i = 0; i < n; i++) {
        const uint64_t e = table[i], mfn = pte_mfn(e);
        if (!(e & PTE_PRESENT) || (level == PT_L4 && l4_slot_is_hv(i)) || !frame_valid(MFN(mfn)))
            continue;
        const enum ptype type = ptype_of(frame_of(MFN(mfn)));
        a->frames[mfn].refs++;
        if (level > PT_L1 || e & PTE_RW)
            a->frames[mfn].types++;
        if (level == PT_L1 ? e & PTE_RW && type != PT_WRITABLE : type != level - 1)
            complain(a, level == PT_L1 ? "PT-1" : "PT-2", mfn);
    }
}

static void tally_tables(struct audit *a)
{
    for (uint64_t n = 0; n < frame_end; n++) {
        if (!frame_valid(MFN(n)) || frame_owner_id(frame_of(MFN(n))) >= DOMID_FIRST_RESERVED)
            continue;
        const struct frame *f = frame_of(MFN(n));
        const uint64_t r = atomic_load(&f->ref), t = atomic_load(&f->type);
        const enum ptype level = t >> PTYPE_SHIFT;
        if (!(r & FRAME_REF_MASK) || r & FRAME_FREE)
            continue;
        if (r & FRAME_ALLOCATED)
            a->frames[n].refs++;
        if (r & FRAME_HV) /* plain for ever: frame_share */
            a->frames[n].types++;
        if (t & (PTYPE_PARTIAL | PTYPE_UNDO))
            a->frames[n].refs++;
        if (t & PTYPE_PINNED) {
            a->frames[n].refs++;
            a->frames[n].types++;
        }
        if (level < PT_L1 || level > PT_L4)
            continue;
        if (t & PTYPE_VALIDATED)
            tally_entries(a, n, level, PT_ENTRIES);
        else if (t & (PTYPE_PARTIAL | PTYPE_UNDO))
            tally_entries(a, n, level, (t & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT);
    }
}

static void tally_one(struct audit *a, mfn_t mfn)
{
    if (mfn_eq(mfn, MFN_INVALID))
        return;
    a->frames[mfn.n].refs++;
    a->frames[mfn.n].types++;
}

static void tally_vcpus(struct audit *a)
{
    const struct vcpu *v;

    for_each_vcpu(a->d, v)
    {
        tally_one(a, v->cr3);
        tally_one(a, v->user_cr3);
        for (unsigned j = 0; j < v->gdt_count; j++)
            tally_one(a, v->gdt_frames[j]);
    }
}

/* PT-4: a fresh copy of the hypervisor's slots must be what the table has. */
static bool slots_intact(const struct domain *d, uint64_t mfn)
{
    uint64_t *l4 = arch_frame_ptr(MFN(mfn)), saved[L4_HV_LAST - L4_HV_FIRST + 1];

    memcpy(saved, &l4[L4_HV_FIRST], sizeof(saved));
    arch_l4_install((struct domain *)d, l4);
    if (!saved[0]) /* a user table: without the M2P */
        arch_l4_show_m2p(l4, false);
    return !memcmp(saved, &l4[L4_HV_FIRST], sizeof(saved));
}

static void compare(struct audit *a, uint64_t mfn)
{
    const struct frame *f = frame_of(MFN(mfn));
    const uint64_t r = atomic_load(&f->ref), t = atomic_load(&f->type);
    const enum ptype type = t >> PTYPE_SHIFT;
    const uint64_t refs = r & FRAME_REF_MASK;
    const uint64_t types = t & (PTYPE_UNDO | PTYPE_PARTIAL) ? 0 : t & PTYPE_COUNT;

    if (types && type != PT_WRITABLE && type != PT_NONE && !(t & PTYPE_VALIDATED))
        complain(a, "PT-2 (not validated)", mfn);
    if (refs < a->frames[mfn].refs || types < a->frames[mfn].types ||
        (type >= PT_L1 && type <= PT_SEGDESC && types != a->frames[mfn].types))
        complain(a, "PT-3", mfn);
    if (t & PTYPE_VALIDATED && (t & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT != a->d->id)
        complain(a, "PT-7", mfn);
    if (type == PT_L4 && t & PTYPE_VALIDATED && !slots_intact(a->d, mfn))
        complain(a, "PT-4", mfn);
    a->excess += refs - a->frames[mfn].refs;
    if (type == PT_WRITABLE)
        a->excess += types - a->frames[mfn].types;
}

int ptype_audit_exact(const struct domain *d, uint64_t *excess)
{
    struct audit a = {.d = d};
    const struct frame *f;
    uint64_t cursor = 0;

    a.frames = hv_alloc_pages(order_for(frame_end * sizeof(struct tally)));
    if (!a.frames) {
        log_err("ptype audit: no memory");
        return 1;
    }
    tally_tables(&a);
    tally_vcpus(&a);
    while ((f = audit_frame_next(d, &cursor)))
        compare(&a, frame_mfn(f).n);
    hv_free(a.frames);
    *excess = a.excess;
    return a.bad;
}

int ptype_audit(const struct domain *d)
{
    uint64_t excess;
    return ptype_audit_exact(d, &excess);
}
