/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spurious page faults of the hypervisor's own accesses to guest memory.  A guest that adds rights
 * to an entry need not flush: the CPU may fault once by the old one, and has forgotten it then (SDM
 * 3A 4.10.4.3).
 * The guest's own such faults are the guest's to see.
 */
#include <hv/dirty.h>
#include <hv/ptype.h>
#include <asm/cpu.h>
#include <asm/paging.h>
#include <asm/trap.h>

/* Another vCPU can take rights away and give them back as fast as we look: so many tries in so many
 * ticks. */
#define RETRY_LIMIT 16
#define RETRY_TICKS (1UL << 20)

static bool may_retry(struct pcpu *p)
{
    uint64_t now = rdtsc();

    if (now - p->retry_since > RETRY_TICKS) {
        p->retry_since = now;
        p->retries = 0;
    }
    return ++p->retries <= RETRY_LIMIT;
}

bool spurious_fault(struct pcpu *p, uint64_t address, uint32_t error)
{
    mfn_t root = paddr_mfn(PADDR(read_cr3() & PTE_ADDR));
    struct vcpu *v = p->current;

    if (v && unlikely(v->domain->logging))
        return !(error & PF_RSVD) &&
               shadow_fault(v, v->in_user && mfn_eq(root, v->root[1]), GVA(address),
                            error & PF_WRITE, error & PF_PRESENT);
    if (error & PF_RSVD || !ptype_allows(root, GVA(address), error & PF_WRITE) || !may_retry(p))
        return false;
    invlpg(address);
    return true;
}
