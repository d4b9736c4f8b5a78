/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU's mailbox: one other CPU at a time asks for something and waits until it is done.
 *
 * The two halves must not be separable.  The poster sets the wish before the number, the owner
 * reads the number before it takes the wish: so an owner that saw the number has the wish or has
 * fulfilled it already, and one that was a moment too early fulfils the wish, answers the number
 * before, and still finds itself asked.
 */
#ifndef ASM_MAILBOX_H
#define ASM_MAILBOX_H

#include <hv/types.h>

struct mailbox {
    _Atomic uint32_t want; /* wishes, ORed */
    _Atomic uint32_t asked, done;
};

static inline void mailbox_post(struct mailbox *m, uint32_t want)
{
    atomic_fetch_or(&m->want, want);
    atomic_fetch_add(&m->asked, 1);
}

/* Is something asked that is not yet done?  The poster waits for it, the owner looks whether to
 * serve. */
static inline bool mailbox_busy(const struct mailbox *m)
{
    return atomic_load_explicit(&m->done, memory_order_acquire) !=
           atomic_load_explicit(&m->asked, memory_order_relaxed);
}

/* The owner: what is wanted (0: nothing more), and the number for mailbox_done(). */
static inline uint32_t mailbox_take(struct mailbox *m, uint32_t *number)
{
    *number = atomic_load(&m->asked);
    return atomic_exchange(&m->want, 0);
}

static inline void mailbox_done(struct mailbox *m, uint32_t number)
{
    atomic_store_explicit(&m->done, number, memory_order_release);
}

#endif
