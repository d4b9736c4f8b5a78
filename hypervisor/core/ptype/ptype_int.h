/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside core/ptype: entry bits, the bracket around operations on a domain's
 * tables, and what its files give each other.
 */
#ifndef PTYPE_INT_H
#define PTYPE_INT_H

#include <hv/budget.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/ptype.h>

#define PTE_PRESENT  0x001UL
#define PTE_RW       0x002UL
#define PTE_USER     0x004UL
#define PTE_PWT      0x008UL
#define PTE_PCD      0x010UL
#define PTE_ACCESSED 0x020UL
#define PTE_DIRTY    0x040UL
#define PTE_PSE      0x080UL /* PAT in level 1 */
#define PTE_GLOBAL   0x100UL
#define PTE_AVAIL    0xE00UL
#define PTE_KERNEL   (1UL << 52) /* ours, ABI-visible: an entry the guest made without USER */
#define PTE_NX       (1UL << 63)
#define PTE_MFN_MASK 0x000FFFFFFFFFF000UL
#define PTE_FLAGS    (~PTE_MFN_MASK)
#define PTE_CACHE    (PTE_PWT | PTE_PCD | PTE_PSE)
/* Changes that touch no reference: everything that is neither frame, presence nor write access. */
#define PTE_HARMLESS (PTE_FLAGS & ~(PTE_PRESENT | PTE_RW))

#define PT_ENTRIES    512
#define L4_HV_FIRST   256 /* slots 256..271 are the hypervisor's */
#define L4_HV_LAST    271
#define DESC_PER_PAGE 512

/* In a count argument: this is a continuation (the public headers keep quiet about it). */
#define MMU_UPDATE_PREEMPTED 0x80000000U

static inline uint64_t pte_mfn(uint64_t e)
{
    return (e & PTE_MFN_MASK) >> PAGE_SHIFT;
}
static inline bool l4_slot_is_hv(unsigned i)
{
    return i >= L4_HV_FIRST && i <= L4_HV_LAST;
}

/* Takes tables waiting on d's undo list apart, as far as the budget goes. */
void ptype_drain(struct domain *d) REQUIRES(d->pt_lock);
/* Puts f (type word as loaded, count 0) with entries [0, progress) on the undo list. */
void ptype_defer_undo(struct domain *d, struct frame *f, uint64_t word, uint64_t progress)
    REQUIRES(d->pt_lock);

/* Lets go of the type and frame reference on a table, but keeps what validating it cost: with the
 * last reference it becomes PARTIAL, all of its entries checked.  For a call that will be continued
 * and then takes the same table again. */
void ptype_table_park(struct domain *d, struct frame *f) REQUIRES(d->pt_lock);

/* Every operation on d's tables runs between these. -XEN_ERESTART: old work is left over; the lock
 * is not held then. */
static inline int pt_begin(struct domain *d) TRY_ACQUIRE(false, d->pt_lock)
{
    lock(&d->pt_lock);
    if (unlikely(d->pt_undo)) {
        ptype_drain(d);
        if (d->pt_undo) {
            unlock(&d->pt_lock);
            return -XEN_ERESTART;
        }
    }
    return 0;
}
/* True: the operation left work over; the hypercall should end in a continuation. */
static inline bool pt_end(struct domain *d) RELEASE(d->pt_lock)
{
    bool left = d->pt_undo;
    unlock(&d->pt_lock);
    return left;
}

/* May d's frame f, which is held, be written to as a plain page?  It stays one while pt_lock is held,
 * under which alone it could become anything else; so who writes needs no reference. */
static inline bool ptype_is_plain(const struct domain *d, struct frame *f) REQUIRES(d->pt_lock)
{
    (void)d;
    if (unlikely(ptype_of(f) != PT_WRITABLE)) {
        if (ptype_get_writable(f))
            return false;
        ptype_put_writable(f);
    }
    return true;
}

/* Entries are looked at by lines of so many, of which most are empty in a sparse table. */
#define LINE 8
static inline bool line_empty(const uint64_t *e)
{
    return !((e[0] | e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7]) & PTE_PRESENT);
}
/* A scan itself, without what its entries cost. */
#define SCAN_COST (PT_ENTRIES / LINE / BUDGET_WORDS)

/* entry.c: the references that entries stand for.  get also adjusts them to what is to be stored.
 * Of a level-1 table entries from *i on, *i tells how far it came; and from n - 1 down: returns how
 * many are left. */
int ptype_l1_get(const struct domain *d, uint64_t *table, unsigned *i) REQUIRES(d->pt_lock);
unsigned ptype_l1_drop(const uint64_t *table, unsigned n);
int ptype_upper_get(struct domain *d, enum ptype level, uint64_t *e) REQUIRES(d->pt_lock);
/* What is not usual in core/ptype/l1.h. */
int ptype_get_device(const struct domain *d, const struct domain *pg, mfn_t mfn);
void ptype_store_how(struct domain *d, uint64_t *slot, uint64_t old, uint64_t val, unsigned how)
    REQUIRES(d->pt_lock);
int ptype_update_table(struct domain *d, enum ptype level, uint64_t *slot, uint64_t val,
                       unsigned how) REQUIRES(d->pt_lock);

/* Both references at once; tables of d. */
int ptype_table_ref(struct domain *d, mfn_t mfn, enum ptype level, struct frame **out)
    REQUIRES(d->pt_lock);
static inline void ptype_table_unref(struct domain *d, struct frame *f) REQUIRES(d->pt_lock)
{
    ptype_put_table(d, f);
    frame_put(f);
}

/* l1tf.c.  end: of RAM, for guests and for the control domain; 0: they may do as they like. */
struct ptype_l1tf {
    uint64_t cache_mask, end[2];
};
extern struct ptype_l1tf ptype_l1tf;
/* Could a walk of d's that ends at the not-present entry e read RAM? */
static inline bool ptype_l1tf_leaks(const struct domain *d, uint64_t e)
{
    const uint64_t at = e & ptype_l1tf.cache_mask;
    return at && at < ptype_l1tf.end[d->privileged];
}
/* A whole table that becomes one: false if any entry could. */
bool ptype_l1tf_scan(const struct domain *d, enum ptype level, const uint64_t *table);

/* walk.c: slot of the level-1 entry for a guest address below `root`, pt_lock held; NULL: none. */
uint64_t *ptype_walk(mfn_t root, gva_t gva);
bool ptype_guest_address(gva_t gva);

/* foreign.c: whose frames a request is about: DOMID_SELF, a number, DOMID_IO, DOMID_XEN. */
int ptype_frame_owner(struct vcpu *cur, domid_t id, struct domain **out);

/* flush.c: CPUs that run or ran the vCPUs of a guest's bit map. */
int ptype_cpus_of_mask(struct vcpu *cur, gva_t gva, cpuset_t *out);

/* seg.c: shows v `count` new descriptor frames, which are held, and lets go of the old ones. */
void ptype_use_gdt(struct vcpu *v, const mfn_t *frames, unsigned count, unsigned entries);

/* pin.c; -XEN_ERESTART. */
int ptype_unpin(struct domain *d, mfn_t mfn);

#endif
