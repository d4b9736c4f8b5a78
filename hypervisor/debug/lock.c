/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug build: no CPU waits for a lock in another order than lock.h's. */
#include <hv/check.h>
#include <hv/lock.h>

#define HELD_MAX 16

static struct held {
    const struct spinlock *lock[HELD_MAX];
    unsigned count;
} held_by[HV_MAX_CPUS];

void lock_watch(const struct spinlock *l, int event)
{
    struct held *h = &held_by[arch_cpu()];
    unsigned at = 0;

    CHECK(l->rank);
    for (unsigned i = 0; event == LOCK_TAKE && i < h->count; i++)
        CHECK(lock_order_ok(h->lock[i]->rank, l->rank));
    if (event == LOCK_TAKE || event == LOCK_TRIED) {
        CHECK(h->count < HELD_MAX);
        h->lock[h->count++] = l;
    } else if (event == LOCK_LEAVE) {
        while (at < h->count && h->lock[at] != l)
            at++;
        CHECK(at < h->count);
        h->lock[at] = h->lock[--h->count];
    }
}
