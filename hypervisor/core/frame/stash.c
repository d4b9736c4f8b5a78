/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks made ready for a domain over several turns: clearing 2 MiB takes longer than interrupts
 * may wait.  A block's progress cannot live in the continuation, which is a guest's to forge, so
 * the domain keeps it: one stash, of blocks of one order, the last of which may be half cleared.
 * Whoever next wants such blocks for the domain goes on with it; who wants others drops it first;
 * so an abandoned operation leaves one stash at most, and the domain's teardown frees it.  A dying
 * domain gets none, as its teardown may be past it: both meet at the stash's lock.
 *
 * The frames are the hypervisor's (FRAME_NOBODY).  A ready block's first word names the next.
 */
#include "frame_int.h"

static uint64_t *link_of(mfn_t mfn)
{
    return arch_frame_ptr(mfn);
}

/* Frees what is there.  False: the budget went first. */
static bool drop_locked(struct frame_stash *s) REQUIRES(s->lock)
{
    if (s->filling)
        buddy_free(MFN(s->filling), s->order, false);
    s->filling = s->cleared = 0;
    for (; s->ready && !budget_spent(); s->ready--) {
        mfn_t mfn = MFN(s->first);
        s->first = *link_of(mfn);
        buddy_free(mfn, s->order, false);
    }
    return !s->ready;
}

/* One more block, or a part of it: -XEN_ENOMEM, -XEN_ERESTART. */
static int fill_one(struct frame_stash *s, struct domain *claimer) REQUIRES(s->lock)
{
    if (!s->filling) {
        mfn_t mfn = buddy_alloc(s->order, s->flags, claimer);
        if (mfn_eq(mfn, MFN_INVALID))
            return -XEN_ENOMEM;
        budget_draw((int)(BUDGET_OP + (1u << s->order) / BUDGET_WORDS));
        s->filling = mfn.n;
        s->cleared = 0;
    }
    for (; s->cleared < 1UL << s->order; s->cleared++) {
        if (budget_spent())
            return -XEN_ERESTART;
        frame_blank(MFN(s->filling + s->cleared), 0, PFN_NONE);
    }
    *link_of(MFN(s->filling)) = s->first;
    s->first = s->filling;
    s->filling = 0;
    s->ready++;
    return 0;
}

int stash_begin(struct domain *d, unsigned order, unsigned flags, uint64_t blocks,
                struct domain *claimer)
{
    struct frame_stash *s = &d->stash;
    int rc = 0;

    lock(&s->lock);
    if (d->dying)
        rc = refuse(XEN_ESRCH);
    else if ((s->order != order || s->flags != flags) && !drop_locked(s))
        rc = -XEN_ERESTART;
    if (!rc) {
        s->order = order;
        s->flags = flags;
    }
    while (!rc && s->ready < blocks)
        rc = fill_one(s, claimer);
    if (rc == -XEN_ENOMEM)
        (void)drop_locked(s); /* somebody may need it more than an operation that cannot succeed */
    if (rc)
        unlock(&s->lock);
    return rc;
}

mfn_t stash_first(const struct domain *d)
{
    return MFN(d->stash.first);
}

mfn_t stash_next(mfn_t mfn)
{
    return MFN(*link_of(mfn));
}

mfn_t stash_take(struct domain *d)
{
    struct frame_stash *s = &d->stash;
    mfn_t mfn = MFN(s->first);

    CHECK(s->ready);
    s->ready--;
    s->first = *link_of(mfn);
    *link_of(mfn) = 0;
    return mfn;
}

void stash_end(struct domain *d)
{
    unlock(&d->stash.lock);
}

int stash_drop(struct domain *d)
{
    struct frame_stash *s = &d->stash;

    lock(&s->lock);
    bool done = drop_locked(s);
    unlock(&s->lock);
    return done ? 0 : -XEN_ERESTART;
}
