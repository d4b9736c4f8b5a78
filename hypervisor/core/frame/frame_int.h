/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside core/frame: the buddy allocator's raw interface and the parts of memory_op. */
#ifndef FRAME_INT_H
#define FRAME_INT_H

#include <hv/check.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#define FRAME_MAX_ORDER   18
#define FRAME_STAMP_SHIFT 12
#define FRAME_STAMP_MASK  0xFFFFFUL
#define FRAME_MAPPED      (1UL << 8) /* a TLB may hold it as of the stamp */
#define FRAME_ORDER_MASK  0xFFUL
/* Type word of a hypervisor page that guests could see until frame_unshare (slab.c's class
 * SLAB_PAGES, order 0, so that hv_free understands it too). */
#define FRAME_WAS_SHARED (0x80UL << 56 | 1)

/* 2^order frames below 2^ALLOC_BITS, off the free lists and out of every TLB; their reference
 * words are FRAME_RAM | nobody.  With `claimer` the domain's claim is used up first, and claims of
 * others are respected.  MFN_INVALID: none. */
mfn_t buddy_alloc(unsigned order, unsigned flags, struct domain *claimer);
/* `mapped`: guests could see them, so TLBs may still. */
void buddy_free(mfn_t mfn, unsigned order, bool mapped);
/* XENMEM_claim_pages: sets d's claim to `pages` in all (0: none); -XEN_ENOMEM. */
int buddy_claim(struct domain *d, uint64_t pages);
int buddy_audit(uint64_t *free_frames);

/* Zeroes frames that a domain is to get and makes their M2P entries invalid. */
static inline void frame_blank(mfn_t mfn, unsigned order)
{
    for (uint64_t i = mfn.n; i < mfn.n + (1UL << order); i++) {
        clear_page(arch_frame_ptr(MFN(i)));
        arch_m2p_set(MFN(i), INVALID_M2P_ENTRY);
    }
}
/* Gives d fresh frames taken from the allocator (all of 2^order, zeroed by the caller):
 * -XEN_ENOMEM beyond max_pages, -XEN_ESRCH if dying.  `extra`: do not count (exchange). */
int frame_assign(struct domain *d, mfn_t mfn, unsigned order, bool counted);
/* Takes a frame of d that nothing else refers to out of d's hands, uncounted; false: in use. */
bool frame_steal(struct domain *d, mfn_t mfn);

/* How the ABI packs progress into the command word of a continuation. */
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK     ((1UL << MEMOP_EXTENT_SHIFT) - 1)

/* memory_op's families.  Each gets the whole command word and the guest address of the argument. */
long memory_reservation(struct vcpu *cur, uint64_t cmd, uint64_t arg);
long memory_exchange(struct vcpu *cur, uint64_t arg);
long memory_map_get(struct vcpu *cur, uint64_t arg);
long memory_map_set(struct vcpu *cur, uint64_t arg);
long memory_map_machine(struct vcpu *cur, uint64_t arg);
long memory_machphys(struct vcpu *cur, unsigned cmd, uint64_t arg);
long memory_acquire_resource(struct vcpu *cur, uint64_t arg);
void memory_map_free(struct domain *d);
/* Largest extent cur may ask for: Xen's 2 MiB for guests, 1 GiB for the control domain's work. */
static inline unsigned memory_max_order(const struct vcpu *cur)
{
    return cur->domain->privileged ? FRAME_MAX_ORDER : 9;
}

#endif
