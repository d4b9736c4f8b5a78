/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The type of a frame: how it comes, is counted, and goes.
 *
 * A table's life: count 0 -> (scan all entries) -> VALIDATED, count 1.. -> count 0 -> (drop all
 * entries) -> free for another type.  Both scans are bounded by d->pt_budget.  One that runs out
 * of it while validating is left PARTIAL with its progress, and whoever asks next goes on.  One
 * to be dropped goes on d's undo list, and every later operation first works that off; so does a
 * validation that failed.  A PARTIAL or UNDO frame holds one reference to itself.
 */
#include "ptype_int.h"

static inline uint64_t word_get(const struct frame *f)
{
    return atomic_load_explicit(&f->type, memory_order_relaxed);
}
static inline void word_set(struct frame *f, uint64_t word)
{
    atomic_store_explicit(&f->type, word, memory_order_release);
}
static inline uint64_t stamp_now(void)
{
    return (uint64_t)arch_tlb_stamp() << PTYPE_STAMP_SHIFT;
}

/* PT-5: before a frame of d changes its type, no TLB may remember the old use: as a table, or as a
 * writable page of d or, if marked, of anybody.  `word`: count 0. */
static void flush_old_use(const struct domain *d, uint64_t word)
{
    if (word >> PTYPE_SHIFT == PT_NONE)
        return;
    const cpuset_t users = word & PTYPE_FOREIGN ? all_cpus() : domain_dirty_cpus(d);
    arch_tlb_flush(
        arch_tlb_stale(users, (uint32_t)((word & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT)));
}

int ptype_get_writable_slow(struct frame *f, uint64_t t, uint64_t foreign)
{
    for (;;) {
        uint64_t next = t + 1;
        if (t >> PTYPE_SHIFT != PT_WRITABLE) {
            if (t & (PTYPE_COUNT | PTYPE_PARTIAL | PTYPE_UNDO))
                return -XEN_EBUSY;
            /* A table's page: the paging-structure caches may still walk it. A put after this
             * flush leaves a newer stamp, so the compare-and-swap cannot miss it. */
            if (t >> PTYPE_SHIFT != PT_NONE)
                flush_old_use(domain_find(frame_owner_id(f)), t);
            next = (uint64_t)PT_WRITABLE << PTYPE_SHIFT | 1;
        }
        if (atomic_compare_exchange_weak_explicit(&f->type, &t, next | foreign,
                                                  memory_order_acquire, memory_order_relaxed))
            return 0;
    }
}

/* Drops what entries [0, n) of a table of this level hold. */
static void drop_entries(struct domain *d, enum ptype level, const uint64_t *table, unsigned n)
{
    if (level == PT_SEGDESC)
        return;
    for (unsigned i = 0; i < n; i++) {
        if (i + 4 <= n &&
            !((table[i] | table[i + 1] | table[i + 2] | table[i + 3]) & PTE_PRESENT)) {
            i += 3;
            continue;
        }
        if (!(table[i] & PTE_PRESENT))
            continue;
        if (level == PT_L1)
            ptype_l1_put(table[i]);
        else if (level != PT_L4 || !l4_slot_is_hv(i))
            ptype_upper_put(d, table[i]);
    }
}

void ptype_defer_undo(struct domain *d, struct frame *f, uint64_t word, uint64_t progress)
{
    word_set(f, word >> PTYPE_SHIFT << PTYPE_SHIFT | PTYPE_UNDO | progress << PTYPE_STAMP_SHIFT |
                    d->pt_undo);
    d->pt_undo = frame_mfn(f).n;
}

void ptype_drain(struct domain *d)
{
    while (d->pt_undo && d->pt_budget) {
        struct frame *f = frame_of(MFN(d->pt_undo));
        const uint64_t t = word_get(f);
        const enum ptype level = t >> PTYPE_SHIFT;

        d->pt_undo = t & PTYPE_COUNT;
        d->pt_budget--;
        drop_entries(d, level, arch_frame_ptr(frame_mfn(f)),
                     (t & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT);
        word_set(f, (uint64_t)level << PTYPE_SHIFT | stamp_now());
        frame_put(f);
    }
}

/* The last type reference of a table went away. */
static void demote(struct domain *d, struct frame *f, enum ptype level)
{
    if (!d->pt_budget) {
        /* The reference that the caller is about to drop cannot be the last one at the limit:
         * he holds one, and FRAME_REF_LIMIT leaves room below the overflow. */
        atomic_fetch_add_explicit(&f->ref, 1, memory_order_relaxed);
        ptype_defer_undo(d, f, (uint64_t)level << PTYPE_SHIFT, PT_ENTRIES);
        return;
    }
    d->pt_budget--;
    drop_entries(d, level, arch_frame_ptr(frame_mfn(f)), PT_ENTRIES);
    word_set(f, (uint64_t)level << PTYPE_SHIFT | stamp_now());
}

void ptype_put_table(struct domain *d, struct frame *f)
{
    const uint64_t t = word_get(f);
    if (likely((t & PTYPE_COUNT) > 1))
        word_set(f, t - 1);
    else
        demote(d, f, t >> PTYPE_SHIFT);
}

/* Checks entries from *i on, adjusting them in place; *i tells how far it came. */
static int validate_entries(struct domain *d, enum ptype level, uint64_t *table, unsigned *i)
{
    for (; *i < PT_ENTRIES; (*i)++) {
        uint64_t *slot = table + *i;
        if (!(*i % 4) && !((slot[0] | slot[1] | slot[2] | slot[3]) & PTE_PRESENT)) {
            *i += 3;
            continue;
        }
        uint64_t e = *slot;
        if (!(e & PTE_PRESENT) || (level == PT_L4 && l4_slot_is_hv(*i)))
            continue;
        int rc = level == PT_L1 ? ptype_l1_get(d, d, &e) : ptype_upper_get(d, level, &e);
        if (unlikely(rc))
            return rc;
        if (e != *slot)
            __atomic_store_n(slot, e, __ATOMIC_RELAXED);
    }
    return 0;
}

static int validate_descriptors(uint64_t *table)
{
    for (unsigned i = 0; i < DESC_PER_PAGE; i++)
        if (!ptype_check_descriptor(&table[i]))
            return refuse(XEN_EINVAL);
    return 0;
}

/* Scans f, which is claimed for `level`; i: where to begin; resumed: it was PARTIAL. */
static int validate(struct domain *d, struct frame *f, enum ptype level, unsigned i, bool resumed)
{
    uint64_t *table = arch_frame_ptr(frame_mfn(f));
    const uint64_t type = (uint64_t)level << PTYPE_SHIFT;
    int rc =
        level == PT_SEGDESC ? validate_descriptors(table) : validate_entries(d, level, table, &i);
    if (likely(!rc)) {
        if (level == PT_L4)
            arch_l4_install(d, table);
        word_set(f, type | PTYPE_VALIDATED | (uint64_t)d->id << PTYPE_STAMP_SHIFT | 1);
        if (resumed)
            frame_put(f);
        return 0;
    }
    if (!resumed) /* see demote() about the limit */
        atomic_fetch_add_explicit(&f->ref, 1, memory_order_relaxed);
    if (rc == -XEN_ERESTART)
        word_set(f, type | PTYPE_PARTIAL | (uint64_t)i << PTYPE_STAMP_SHIFT);
    else
        ptype_defer_undo(d, f, type, level == PT_SEGDESC ? 0 : i);
    return rc;
}

/* First use of f as a table of this level, or the continuation of that.  While its entries are
 * scanned, f has the count but is not VALIDATED: nobody else, not even an entry of its own, can
 * get a type reference. */
static int promote(struct domain *d, struct frame *f, enum ptype level)
{
    const uint64_t claim = (uint64_t)level << PTYPE_SHIFT | 1;
    uint64_t t = word_get(f);

    if (!d->pt_budget || t & PTYPE_UNDO)
        return -XEN_ERESTART; /* the next operation begins with the undo list */
    if (t & PTYPE_PARTIAL) {
        const unsigned i = (t & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT;
        if (t >> PTYPE_SHIFT != level) { /* abandoned half way: that use ends here */
            ptype_defer_undo(d, f, t, i);
            return -XEN_ERESTART;
        }
        word_set(f, claim);
        d->pt_budget--;
        return validate(d, f, level, i, true);
    }
    do {
        if (t & PTYPE_COUNT)
            return refuse(XEN_EINVAL);
    } while (!atomic_compare_exchange_weak(&f->type, &t, claim));
    if (t >> PTYPE_SHIFT != level)
        flush_old_use(d, t);
    d->pt_budget--;
    return validate(d, f, level, 0, false);
}

int ptype_get_table(struct domain *d, struct frame *f, enum ptype level)
{
    const uint64_t t = word_get(f);
    if (likely(t >> PTYPE_SHIFT == level && t & PTYPE_VALIDATED)) {
        word_set(f, t + 1);
        return 0;
    }
    return promote(d, f, level);
}

int ptype_table_ref(struct domain *d, mfn_t mfn, enum ptype level, struct frame **out)
{
    struct frame *f = frame_get_mfn(mfn, d);
    if (unlikely(!f))
        return refuse(XEN_EINVAL);
    int rc = ptype_get_table(d, f, level);
    if (unlikely(rc))
        frame_put(f);
    *out = f;
    return rc;
}

int ptype_get_frame(struct domain *d, mfn_t mfn, enum ptype type, struct frame **out)
{
    int rc;

    if (type != PT_NONE && type != PT_WRITABLE) {
        if ((rc = pt_begin(d)))
            return rc;
        rc = ptype_table_ref(d, mfn, type, out);
        pt_end(d);
        return rc;
    }
    struct frame *f = frame_get_mfn(mfn, d);
    if (!f)
        return refuse(XEN_EINVAL);
    if (type == PT_WRITABLE && (rc = ptype_get_writable(f))) {
        frame_put(f);
        return rc;
    }
    *out = f;
    return 0;
}

void ptype_put_frame(struct domain *d, struct frame *f, enum ptype type)
{
    if (type == PT_WRITABLE)
        ptype_put_writable(f);
    if (type == PT_NONE || type == PT_WRITABLE) {
        frame_put(f);
        return;
    }
    lock(&d->pt_lock);
    d->pt_budget = PT_BUDGET;
    ptype_table_unref(d, f);
    unlock(&d->pt_lock);
}
