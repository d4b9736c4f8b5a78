/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages a domain writes to, for live migration (XEN_DOMCTL_shadow_op).  A guest reads its own
 * page tables, so write access cannot be taken away in them.  While writes are logged each vCPU
 * runs on roots of the hypervisor's and on copies ("shadows") of the guest's tables below them,
 * filled by page faults from what the guest's tables say.
 *
 * Invariants (tests/unit/ptype/dirty.c asks the first two after each step):
 *   DL-1 a frame that some CPU's TLB or some reachable shadow lets the domain write has its bit in
 *        the map: a leaf gets RW only when the bit is set, and before bits are cleared all shadows
 *        are dropped and all CPUs flushed, under one lock
 *   DL-2 a reachable shadow entry stands for a present entry of the guest's table with the same
 *        rights or fewer: whoever changes an entry drops its shadow (dirty_entry) after the store
 *        and before the old entry's references go; so PT-1 to PT-6 hold of shadows, too
 *   DL-3 a page of the pool changes its use only after a flush of all CPUs (paging-structure
 *        caches); where its table does (PT-5), it is the shadow of another kind with it
 * What the hypervisor writes by its own mapping it tells by dirty_frame(), also that a frame becomes
 * or was a table or pinned, as tools send tables translated; what it writes by the guest's addresses
 * faults as the guest does.  Mappings that the control domain has of a guest's frames are not logged,
 * as in Xen; grants are, when they end.  Locking: the log's lock comes last but for those of flushes
 * (hv/lock.h), as faults come under any other.
 */
#ifndef HV_DIRTY_H
#define HV_DIRTY_H

#include <hv/frame.h>

/* domain.logging while it is: none of the commands of mmu_update, with which it shares a word. */
#define DIRTY_LOGGED 4

/* An entry of d's tables was stored; its old references are still held. */
void shadow_entry_stored(struct domain *d, const uint64_t *slot);
static inline void dirty_entry(struct domain *d, const uint64_t *slot)
{
    if (unlikely(d->logging))
        shadow_entry_stored(d, slot);
}
/* The hypervisor wrote, or others could until now, to a frame that d owns. */
void dirty_mark(struct domain *d, mfn_t mfn);
static inline void dirty_frame(struct domain *d, const struct frame *f)
{
    if (unlikely(d->logging))
        dirty_mark(d, frame_mfn(f));
}

/* The same of 2^order frames. */
void dirty_frames(struct domain *d, mfn_t mfn, unsigned order);

/* A frame became a table: what was its shadow before is none. */
void shadow_forget(struct domain *d, mfn_t table);
/* v's base pointer changed (user: that of its user mode): v->root is what CR3 gets. */
void shadow_new_base(struct vcpu *v, bool user);
static inline void shadow_base(struct vcpu *v, bool user)
{
    if (likely(!v->domain->logging))
        v->root[user] = user ? v->user_cr3 : v->cr3;
    else
        shadow_new_base(v, user);
}
/* An access faulted: true if the guest's tables do not mind, and it is to be tried again. */
bool shadow_fault(struct vcpu *v, bool user, gva_t gva, bool write, bool present);

/* d is paused.  -XEN_EINVAL: on already, -XEN_ENOMEM, -XEN_ERESTART. */
int dirty_start(struct domain *d);
void dirty_stop(struct domain *d);
/* CLEAN or PEEK: *pages bits to `bitmap` (GVA_NONE: none); -XEN_EINVAL, -XEN_EFAULT, -XEN_ERESTART. */
int dirty_report(struct domain *d, bool clean, gva_t bitmap, uint64_t *pages,
                 struct xen_domctl_shadow_op_stats *stats);
void dirty_free(struct domain *d); /* with the domain */

#endif
