/* SPDX-License-Identifier: BSD-2-Clause */
/* The spinlock with a witness: a test whose include path begins here is told what is taken. */
#ifndef WITNESS_LOCK_H
#define WITNESS_LOCK_H

#define lock lock_unseen
#include_next <hv/lock.h>
#undef lock

extern struct spinlock *witness_last; /* the lock taken last */

static inline void lock(struct spinlock *l)
{
    lock_unseen(l);
    witness_last = l;
}

#endif
