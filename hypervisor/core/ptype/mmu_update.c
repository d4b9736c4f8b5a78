/* SPDX-License-Identifier: BSD-2-Clause */
/* mmu_update: batches of checked page-table writes; and the emulated single write. */
#include <hv/dirty.h>

#include "l1.h"

/* Requests done under one hold of the lock; then the hypercall restarts.  They draw when they are
 * done, as an ordinary one is small; what is large (a table made or ended) asks by itself. */
#define REQUESTS_PER_TURN 128

/* The table that the last request named stays good while the lock is held: nothing in a batch
 * changes a table's type but by way of another table. */
struct batch {
    struct domain *pt, *pg;
    mfn_t mfn, l1;   /* l1: the same, if it is a level-1 table and its writes are not logged */
    uint64_t *table; /* NULL: no validated table */
    enum ptype level;
};

static void find_table(struct batch *b, mfn_t mfn) REQUIRES(b->pt->pt_lock)
{
    b->mfn = mfn;
    b->l1 = MFN_INVALID;
    b->table = NULL;
    const uint64_t t = atomic_load_explicit(&frame_find(mfn)->type, memory_order_relaxed);
    if (!ptype_is_table(t, b->pt))
        return;
    b->table = arch_frame_ptr(mfn);
    b->level = t >> PTYPE_SHIFT;
    if (b->level == PT_L1 && !b->pt->logging)
        b->l1 = mfn;
}

/* Not a page table: an ordinary write to a page that may be written. */
static __attribute__((noinline)) int write_plain(struct domain *pt, paddr_t ptr, uint64_t val)
    REQUIRES(pt->pt_lock)
{
    struct frame *f = frame_get_mfn(paddr_mfn(ptr), pt);
    if (!f)
        return refuse(XEN_EINVAL);
    int rc = ptype_is_plain(pt, f) ? 0 : refuse(XEN_EINVAL);
    if (!rc) {
        uint64_t *page = arch_frame_ptr(paddr_mfn(ptr));
        shared_store(&page[(ptr.a & (PAGE_SIZE - 1)) / 8], val);
        dirty_frame(pt, f);
    }
    frame_put(f);
    return rc;
}

static __attribute__((noinline)) int set_m2p(struct domain *pg, paddr_t ptr, pfn_t pfn)
{
    struct frame *f = frame_get_mfn(paddr_mfn(ptr), pg);
    if (!f)
        return refuse(XEN_EINVAL);
    arch_m2p_set(paddr_mfn(ptr), pfn);
    dirty_frame(pg, f);
    frame_put(f);
    return 0;
}

static inline uint64_t *slot_in(uint64_t *table, paddr_t ptr)
{
    return &table[(ptr.a & (PAGE_SIZE - 1)) / 8];
}

/* The first request of a table, and what is asked for less often. */
static __attribute__((noinline)) int update_other(struct batch *b, paddr_t ptr, uint64_t val)
    REQUIRES(b->pt->pt_lock)
{
    const unsigned cmd = ptr.a & 7;

    ptr.a &= ~7UL;
    if (unlikely(cmd == MMU_MACHPHYS_UPDATE))
        return set_m2p(b->pg, ptr, PFN(val));
    if (unlikely(cmd > MMU_PT_UPDATE_NO_TRANSLATE))
        return refuse(XEN_ENOSYS);
    if (!mfn_eq(paddr_mfn(ptr), b->mfn))
        find_table(b, paddr_mfn(ptr));
    if (unlikely(!b->table))
        return write_plain(b->pt, ptr, val);
    const unsigned how = cmd | b->pt->logging;
    return likely(b->level == PT_L1)
               ? update_l1(b->pt, b->pg, slot_in(b->table, ptr), val, how)
               : ptype_update_table(b->pt, b->level, slot_in(b->table, ptr), val, how);
}

static inline __attribute__((always_inline)) int update_one(struct batch *b, paddr_t ptr,
                                                            uint64_t val) REQUIRES(b->pt->pt_lock)
{
    if (unlikely(ptr.a & 7) || !mfn_eq(paddr_mfn(ptr), b->l1))
        return update_other(b, ptr, val);
    return update_l1(b->pt, b->pg, slot_in(b->table, ptr), val, 0);
}

/* Does requests until `count`, an error or the end of the turn; *done: how many. */
static inline __attribute__((always_inline)) int run_batch(struct batch *b, gva_t ureqs,
                                                           uint32_t count, uint32_t *done)
    REQUIRES(b->pt->pt_lock)
{
    struct mmu_update u;

    ureqs = guest_clip(ureqs);
    for (; *done < count; ureqs = gva_add(ureqs, sizeof(u)), (*done)++) {
        if (unlikely(guest_read_clipped(&u, ureqs, sizeof(u) / 8)))
            return refuse(XEN_EFAULT);
        int rc = update_one(b, PADDR(u.ptr), u.val);
        if (unlikely(rc))
            return rc;
    }
    return 0;
}

static __attribute__((noinline)) long update_batch(struct vcpu *cur, gva_t ureqs, unsigned ucount,
                                                   gva_t pdone, unsigned foreigndom)
{
    uint32_t count = ucount, before = 0, done = 0;
    struct domain *pt = cur->domain, *pg = pt;
    const uint32_t pt_dom = foreigndom >> 16; /* 0, or the tables' domain plus 1 */
    int rc = 0;

    if (unlikely(count & MMU_UPDATE_PREEMPTED)) {
        count &= ~MMU_UPDATE_PREEMPTED;
        if (pdone.a && guest_read_u32(&before, pdone))
            return refuse(XEN_EFAULT);
    }
    if (unlikely(foreigndom != DOMID_SELF))
        rc = ptype_frame_owner(cur, (domid_t)foreigndom, &pg);
    if (!rc && pt_dom)
        rc = domain_target(cur, (domid_t)(pt_dom - 1), &pt);
    if (rc)
        return rc;
    struct batch b = {.pt = pt, .pg = pg, .mfn = MFN_INVALID, .l1 = MFN_INVALID};
    bool again = pt_begin(b.pt);
    if (likely(!again)) {
        if (unlikely(b.pt->dying)) /* its teardown may be past a table that would begin here */
            rc = refuse(XEN_ESRCH);
        else
            rc = run_batch(&b, ureqs, min(count, (uint32_t)REQUESTS_PER_TURN), &done);
        if (unlikely(done > BUDGET_OP)) /* a few are paid for by the call */
            budget_draw((int)done * BUDGET_ENTRY);
        again = pt_end(b.pt);
    }
    if (pdone.a && guest_write_u32(pdone, before + done))
        rc = refuse(XEN_EFAULT);
    if (unlikely((!rc && (again || done < count)) || rc == -XEN_ERESTART))
        return hcall_continue_mmu_update(cur, gva_add(ureqs, done * sizeof(struct mmu_update)),
                                         (count - done) | MMU_UPDATE_PREEMPTED, pdone, foreigndom);
    return rc;
}

/* What kernels ask for most: one entry of a level-1 table of their own.  1: it is not that, and
 * nothing is done. */
static inline int update_single(struct domain *d, gva_t ureq)
{
    struct mmu_update u;
    int rc = 1;

    if (unlikely(guest_read_words(&u, ureq, sizeof(u) / 8)))
        return refuse(XEN_EFAULT);
    lock(&d->pt_lock);
    const mfn_t mfn = paddr_mfn(PADDR(u.ptr));
    if (likely(!(d->pt_undo | (unsigned)d->dying | d->logging | (u.ptr & 7))) &&
        likely(ptype_is_l1(d, mfn)))
        rc = update_l1(d, d, slot_in(arch_frame_ptr(mfn), PADDR(u.ptr)), u.val, 0);
    unlock(&d->pt_lock);
    return rc;
}

long op_mmu_update(struct vcpu *cur, gva_t ureqs, unsigned count, gva_t pdone, unsigned foreigndom)
{
    if (unlikely(count != 1 || foreigndom != DOMID_SELF))
        return update_batch(cur, ureqs, count, pdone, foreigndom);
    const long rc = update_single(cur->domain, ureqs);
    if (unlikely(rc > 0))
        return update_batch(cur, ureqs, 1, pdone, DOMID_SELF);
    return unlikely(pdone.a) && guest_write_u32(pdone, !rc) ? refuse(XEN_EFAULT) : rc;
}

int ptype_emulate_write(struct vcpu *cur, mfn_t table, unsigned offset, uint64_t val,
                        unsigned bytes, bool compare, uint64_t *old)
{
    struct domain *d = cur->domain;
    const unsigned shift = offset % 8 * 8;
    const uint64_t mask = (bytes == 8 ? ~0UL : (1UL << bytes * 8) - 1) << shift;

    if (offset >= PAGE_SIZE || bytes == 0 || bytes > 8 || offset % 8 + bytes > 8)
        return refuse(XEN_EINVAL);
    int rc = pt_begin(d);
    if (rc)
        return rc;
    if (ptype_is_l1(d, table)) { /* writes to higher tables fault, as in Xen */
        uint64_t *slot = (uint64_t *)arch_frame_ptr(table) + offset / 8, was = pte_read(slot),
                 seen = (was & mask) >> shift;
        if (!compare || seen == *old)
            rc = update_l1(d, d, slot, (was & ~mask) | (val << shift & mask), d->logging);
        *old = seen;
    } else {
        rc = refuse(XEN_EINVAL);
    }
    pt_end(d);
    return rc;
}
