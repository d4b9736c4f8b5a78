/* SPDX-License-Identifier: BSD-2-Clause */
/* update_va_mapping: one level-1 entry, named by the address it maps, with its TLB flush. */
#include "ptype_int.h"

static int flush(struct vcpu *cur, uint64_t va, uint64_t flags)
{
    const uint64_t whom = flags & ~UVMF_FLUSHTYPE_MASK;
    cpuset_t cpus = CPUSET(arch_cpu());
    int rc = 0;

    if (whom == UVMF_ALL)
        cpus = domain_dirty_cpus(cur->domain);
    else if (whom != UVMF_LOCAL)
        rc = ptype_cpus_of_mask(cur, whom, &cpus);
    if (rc)
        return rc;
    switch (flags & UVMF_FLUSHTYPE_MASK) {
    case UVMF_TLB_FLUSH:
        arch_tlb_flush(cpus);
        break;
    case UVMF_INVLPG:
        arch_tlb_flush_page(cpus, va);
        break;
    }
    return 0;
}

/* Hypercall `nr` with its `nargs` arguments; pg owns the frame that is to be mapped. */
static inline long update(struct vcpu *cur, const struct domain *pg, unsigned nr, unsigned nargs,
                          uint64_t va, uint64_t val, uint64_t flags, uint64_t domid)
{
    struct domain *d = cur->domain;
    int rc = pt_begin(d);

    if (likely(!rc)) {
        uint64_t *slot = ptype_walk(cur->cr3, va);
        rc = likely(slot) ? ptype_update_entry(d, pg, PT_L1, slot, val, d->logging)
                          : refuse(XEN_EINVAL);
        pt_end(d); /* a level-1 entry never leaves work over */
    }
    if (unlikely(rc == -XEN_ERESTART))
        return hcall_continue(cur, nr, nargs, va, val, flags, domid);
    if (likely(!rc) && flags & UVMF_FLUSHTYPE_MASK)
        rc = flush(cur, va, flags);
    return rc;
}

long op_update_va_mapping(struct vcpu *cur, uint64_t va, uint64_t val, uint64_t flags)
{
    return update(cur, cur->domain, __HYPERVISOR_update_va_mapping, 3, va, val, flags, 0);
}

long op_update_va_mapping_otherdomain(struct vcpu *cur, uint64_t va, uint64_t val, uint64_t flags,
                                      uint64_t domid)
{
    struct domain *pg;
    int rc = ptype_frame_owner(cur, (domid_t)domid, &pg);

    return rc ? rc
              : update(cur, pg, __HYPERVISOR_update_va_mapping_otherdomain, 4, va, val, flags,
                       domid);
}
