/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The type of a frame: how it comes, is counted, and goes.
 *
 * A table's life: count 0 -> (scan all entries) -> VALIDATED, count 1.. -> count 0 -> (drop all
 * entries) -> free for another type.  Both scans draw on the budget (hv/budget.h), and stop half
 * way when it is spent.  One that validates leaves the table PARTIAL with its progress, and whoever
 * asks next goes on.  One that drops entries goes from the last to the first, and leaves the rest
 * on d's undo list; every later operation first works that off; so does a validation that failed. A
 * PARTIAL or UNDO frame holds one reference to itself.
 */
#include <hv/dirty.h>

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
        uint64_t next = (t + 1) | (uint64_t)PT_WRITABLE << PTYPE_SHIFT;
        if (t >> PTYPE_SHIFT < PT_ENDING) {
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

/* The only reference goes: the clock is read while the word says ENDING, and it has gone if the word
 * still does.  A mapping that came and went meanwhile has left the count as it was, but WRITABLE. */
static inline bool put_only(struct frame *f, uint64_t *t)
{
    const uint64_t bit = (uint64_t)(PT_WRITABLE ^ PT_ENDING) << PTYPE_SHIFT, ending = *t & ~bit;

    if (!atomic_compare_exchange_strong(&f->type, t, ending))
        return false;
    *t = ending;
    return atomic_compare_exchange_strong(&f->type, t,
                                          ((ending ^ (bit | 1)) & ~PTYPE_STAMP_MASK) | stamp_now());
}

bool ptype_put_writable_slow(struct frame *f, uint64_t t)
{
    if (!t)
        return false;
    while (!((t & PTYPE_COUNT) == 1 ? put_only(f, &t)
                                    : atomic_compare_exchange_strong(&f->type, &t, t - 1)))
        ;
    return true;
}

/* Drops what entries [0, n) of a table hold, which draw what the tables below them cost; returns how
 * many are left. */
static unsigned drop_upper(struct domain *d, enum ptype level, const uint64_t *table, unsigned n)
    REQUIRES(d->pt_lock)
{
    for (; n && !budget_spent(); n--) {
        const unsigned i = n - 1;
        if (!(n % LINE) && line_empty(&table[n - LINE])) {
            n -= LINE - 1;
            continue;
        }
        if (!(table[i] & PTE_PRESENT) || (level == PT_L4 && l4_slot_is_hv(i)))
            continue;
        budget_draw(BUDGET_ENTRY);
        ptype_table_unref(d, frame_of(MFN(pte_mfn(table[i]))));
    }
    budget_draw(SCAN_COST);
    return n;
}

static unsigned drop_entries(struct domain *d, enum ptype level, const uint64_t *table, unsigned n)
    REQUIRES(d->pt_lock)
{
    if (level == PT_SEGDESC)
        return 0;
    return level == PT_L1 ? ptype_l1_drop(table, n) : drop_upper(d, level, table, n);
}

void ptype_defer_undo(struct domain *d, struct frame *f, uint64_t word, uint64_t progress)
{
    word_set(f, word >> PTYPE_SHIFT << PTYPE_SHIFT | PTYPE_UNDO | progress << PTYPE_STAMP_SHIFT |
                    d->pt_undo);
    d->pt_undo = frame_mfn(f).n;
}

void ptype_drain(struct domain *d)
{
    while (d->pt_undo && !budget_spent()) {
        struct frame *f = frame_of(MFN(d->pt_undo));
        const uint64_t t = word_get(f);
        const enum ptype level = t >> PTYPE_SHIFT;

        d->pt_undo = t & PTYPE_COUNT;
        const unsigned left = drop_entries(d, level, arch_frame_ptr(frame_mfn(f)),
                                           (t & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT);
        if (left) {
            ptype_defer_undo(d, f, t, left);
            return;
        }
        word_set(f, (uint64_t)level << PTYPE_SHIFT | stamp_now());
        frame_put(f);
    }
}

/* The last type reference of a table went away. */
static __attribute__((noinline)) void demote(struct domain *d, struct frame *f, enum ptype level)
    REQUIRES(d->pt_lock)
{
    const unsigned left = budget_spent()
                              ? PT_ENTRIES
                              : drop_entries(d, level, arch_frame_ptr(frame_mfn(f)), PT_ENTRIES);
    if (left) {
        /* The reference that the caller is about to drop cannot be the last one at the limit:
         * he holds one, and FRAME_REF_LIMIT leaves room below the overflow. */
        atomic_fetch_add_explicit(&f->ref, 1, memory_order_relaxed);
        ptype_defer_undo(d, f, (uint64_t)level << PTYPE_SHIFT, left);
    } else {
        word_set(f, (uint64_t)level << PTYPE_SHIFT | stamp_now());
    }
    dirty_frame(d, f); /* now: a report that comes before would show it as a table for good */
}

void ptype_put_table(struct domain *d, struct frame *f)
{
    const uint64_t t = word_get(f);
    if (likely((t & PTYPE_COUNT) > 1))
        word_set(f, t - 1);
    else
        demote(d, f, t >> PTYPE_SHIFT);
}

void ptype_table_park(struct domain *d, struct frame *f)
{
    const uint64_t t = word_get(f);

    if ((t & PTYPE_COUNT) > 1) {
        ptype_table_unref(d, f);
        return;
    }
    word_set(f, t >> PTYPE_SHIFT << PTYPE_SHIFT | PTYPE_PARTIAL |
                    (uint64_t)PT_ENTRIES << PTYPE_STAMP_SHIFT);
}

static int validate_upper(struct domain *d, enum ptype level, uint64_t *table, unsigned *i)
    REQUIRES(d->pt_lock)
{
    budget_draw(SCAN_COST);
    for (; *i < PT_ENTRIES; (*i)++) {
        if (!(*i % LINE) && line_empty(&table[*i])) {
            *i += LINE - 1;
            continue;
        }
        if (!(table[*i] & PTE_PRESENT) || (level == PT_L4 && l4_slot_is_hv(*i)))
            continue;
        if (budget_spent())
            return -XEN_ERESTART;
        budget_draw(BUDGET_ENTRY);
        uint64_t e = table[*i];
        int rc = ptype_upper_get(d, level, &e);
        if (unlikely(rc))
            return rc;
        if (e != table[*i])
            shared_store(&table[*i], e);
    }
    return 0;
}

static int validate_descriptors(uint64_t *table, unsigned *i)
{
    budget_draw(DESC_PER_PAGE / BUDGET_WORDS);
    for (; *i < DESC_PER_PAGE; (*i)++)
        if (!ptype_check_descriptor(&table[*i]))
            return refuse(XEN_EINVAL);
    return 0;
}

static int validate_entries(struct domain *d, enum ptype level, uint64_t *table, unsigned *i)
    REQUIRES(d->pt_lock)
{
    if (level == PT_SEGDESC)
        return validate_descriptors(table, i);
    if (unlikely(ptype_l1tf.end[d->privileged]) && !*i && !ptype_l1tf_scan(d, level, table))
        return refuse(XEN_EINVAL);
    return level == PT_L1 ? ptype_l1_get(d, table, i) : validate_upper(d, level, table, i);
}

/* Scans f, which is claimed for `level`; i: where to begin; resumed: it was PARTIAL. */
static int validate(struct domain *d, struct frame *f, enum ptype level, unsigned i, bool resumed)
    REQUIRES(d->pt_lock)
{
    uint64_t *table = arch_frame_ptr(frame_mfn(f));
    const uint64_t type = (uint64_t)level << PTYPE_SHIFT;
    int rc = validate_entries(d, level, table, &i);
    if (likely(!rc)) {
        if (level == PT_L4)
            arch_l4_install(d, table);
        word_set(f, type | PTYPE_VALIDATED | (uint64_t)d->id << PTYPE_STAMP_SHIFT | 1);
        if (unlikely(d->logging))
            shadow_forget(d, frame_mfn(f));
        if (resumed)
            frame_put(f);
        return 0;
    }
    if (!resumed) /* see demote() about the limit */
        atomic_fetch_add_explicit(&f->ref, 1, memory_order_relaxed);
    if (rc == -XEN_ERESTART)
        word_set(f, type | PTYPE_PARTIAL | (uint64_t)i << PTYPE_STAMP_SHIFT);
    else
        ptype_defer_undo(d, f, type, i);
    return rc;
}

/* First use of f as a table of this level, or the continuation of that.  While its entries are
 * scanned, f has the count but is not VALIDATED: nobody else, not even an entry of its own, can
 * get a type reference. */
static __attribute__((noinline)) int promote(struct domain *d, struct frame *f, enum ptype level)
    REQUIRES(d->pt_lock)
{
    const uint64_t claim = (uint64_t)level << PTYPE_SHIFT | 1;
    uint64_t t = word_get(f);

    if (budget_spent() || t & PTYPE_UNDO)
        return -XEN_ERESTART; /* the next operation begins with the undo list */
    if (t & PTYPE_PARTIAL) {
        const unsigned i = (t & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT;
        if (t >> PTYPE_SHIFT != level) { /* abandoned half way: that use ends here */
            ptype_defer_undo(d, f, t, i);
            return -XEN_ERESTART;
        }
        word_set(f, claim);
        return validate(d, f, level, i, true);
    }
    do {
        if (t & PTYPE_COUNT)
            return refuse(XEN_EINVAL);
    } while (!atomic_compare_exchange_weak(&f->type, &t, claim));
    if (t >> PTYPE_SHIFT != level)
        flush_old_use(d, t);
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
        lock(&d->pt_lock); /* one page's worth of work: old work may wait */
        rc = ptype_table_ref(d, mfn, type, out);
        unlock(&d->pt_lock);
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
    ptype_table_unref(d, f);
    unlock(&d->pt_lock);
}
