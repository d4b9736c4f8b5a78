/* SPDX-License-Identifier: BSD-2-Clause */
/* Recomputes the frame room's invariants F-1 .. F-4 from the table, and its half of PT-7. */
#include "../../hypervisor/core/frame/frame_int.h"
#include "audit.h"

static int complain(const char *rule, uint64_t mfn, uint64_t ref, uint64_t type)
{
    log_err("frame audit: %s broken by mfn %lx ref %lx type %lx", rule, mfn, ref, type);
    return 1;
}

/* F-3 of one domain. */
static int audit_counts(const struct domain *d)
{
    uint64_t cursor = 0, pages = 0, shared = 0;
    const struct frame *f;

    while ((f = audit_frame_next(d, &cursor)))
        *(atomic_load(&f->ref) & FRAME_HV ? &shared : &pages) += 1;
    if (pages == d->tot_pages && shared == d->shared_pages)
        return 0;
    log_err("frame audit: F-3 broken by d%d: %lu pages (counted %lu), %lu shared (counted %lu)",
            d->id, d->tot_pages, pages, d->shared_pages, shared);
    return 1;
}

int frame_audit(void)
{
    static uint64_t seen[0x8000 / 64]; /* domains whose counts have been checked */
    uint64_t free_listed = 0, free_marked = 0;
    int bad = buddy_audit(&free_listed);

    memset(seen, 0, sizeof(seen));
    for (uint64_t n = 0; n < frame_end; n++) {
        if (!frame_valid(MFN(n)))
            continue;
        const struct frame *f = frame_of(MFN(n));
        uint64_t r = atomic_load(&f->ref), t = atomic_load(&f->type);
        unsigned owner = frame_owner_id(f);
        const uint64_t order = (r & FRAME_ORDER_MASK) >> FRAME_ORDER_SHIFT;
        if (r & FRAME_FREE)
            free_marked += order <= FRAME_MAX_ORDER ? 1UL << order : 1;
        if (r & FRAME_ALLOCATED && (!(r & FRAME_REF_MASK) || r & FRAME_FREE))
            bad += complain("F-1/F-2", n, r, t);
        if ((owner == FRAME_NOBODY) != ((t & FRAME_TYPE_MASK) == FRAME_TYPE_HV))
            bad += complain("PT-7", n, r, t);
        if (owner >= DOMID_FIRST_RESERVED || !(r & (FRAME_ALLOCATED | FRAME_REF_MASK)) ||
            r & FRAME_FREE)
            continue;
        if ((t & 0xFFFFFFFF) && !(t & 1UL << 56) && (t & 0xFFFFFFFF) > (r & FRAME_REF_MASK))
            bad += complain("F-4", n, r, t);
        const struct domain *d = domain_find((domid_t)owner);
        if (!d)
            bad += complain("owner", n, r, t);
        else if (!bit_test(seen, owner)) {
            bit_set(seen, owner);
            bad += audit_counts(d);
        }
    }
    if (free_listed != free_marked)
        bad += complain("free list", 0, free_listed, free_marked);
    return bad;
}
