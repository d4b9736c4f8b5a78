/* SPDX-License-Identifier: BSD-2-Clause */
/* update_va_mapping: one level-1 entry, named by the address it maps, with its TLB flush. */
#include "l1.h"

static int flush(struct vcpu *cur, gva_t va, uint64_t flags)
{
    const uint64_t whom = flags & ~UVMF_FLUSHTYPE_MASK;
    cpuset_t cpus = CPUSET(arch_cpu());
    int rc = 0;

    if (whom == UVMF_ALL)
        cpus = domain_dirty_cpus(cur->domain);
    else if (whom != UVMF_LOCAL)
        rc = ptype_cpus_of_mask(cur, GVA(whom), &cpus);
    if (rc)
        return rc;
    switch (flags & UVMF_FLUSHTYPE_MASK) {
    case UVMF_TLB_FLUSH:
        arch_tlb_flush(cpus);
        break;
    case UVMF_INVLPG:
        arch_tlb_flush_page(cpus, va.a);
        break;
    }
    return 0;
}

#define OWN_FRAME ~0u /* no domain is named: it is the caller's frame */

static __attribute__((cold, noinline)) long again(struct vcpu *cur, gva_t va, uint64_t val,
                                                  uint64_t flags, unsigned domid)
{
    return domid == OWN_FRAME
               ? hcall_continue_update_va_mapping(cur, va, val, flags)
               : hcall_continue_update_va_mapping_otherdomain(cur, va, val, flags, domid);
}

/* pg, named by `domid`, owns the frame that is to be mapped. */
static inline long update(struct vcpu *cur, const struct domain *pg, gva_t va, uint64_t val,
                          uint64_t flags, unsigned domid)
{
    struct domain *d = cur->domain;
    int rc = pt_begin(d);

    if (likely(!rc)) {
        uint64_t *slot = ptype_walk(cur->cr3, va);
        rc = likely(slot) ? update_l1(d, pg, slot, val, d->logging) : refuse(XEN_EINVAL);
        pt_end(d); /* a level-1 entry never leaves work over */
    }
    if (unlikely(rc == -XEN_ERESTART))
        return again(cur, va, val, flags, domid);
    if (likely(!rc) && flags & UVMF_FLUSHTYPE_MASK)
        rc = flush(cur, va, flags);
    return rc;
}

long op_update_va_mapping(struct vcpu *cur, gva_t va, uint64_t val, uint64_t flags)
{
    return update(cur, cur->domain, va, val, flags, OWN_FRAME);
}

long op_update_va_mapping_otherdomain(struct vcpu *cur, gva_t va, uint64_t val, uint64_t flags,
                                      unsigned domid)
{
    struct domain *pg;
    int rc = ptype_frame_owner(cur, (domid_t)domid, &pg);

    return rc ? rc : update(cur, pg, va, val, flags, (domid_t)domid);
}
