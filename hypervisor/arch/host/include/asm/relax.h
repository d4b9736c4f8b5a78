/* SPDX-License-Identifier: BSD-2-Clause */
/* What a lock needs of the fake machine (hv/lock.h). */
#ifndef ASM_RELAX_H
#define ASM_RELAX_H

#include <hv/types.h>

extern _Thread_local unsigned host_cpu;

static inline unsigned arch_cpu(void)
{
    return host_cpu;
}
void arch_relax(void);
static inline void arch_lock_wait(const _Atomic uint16_t *owner, uint16_t me)
{
    while (atomic_load_explicit(owner, memory_order_acquire) != me)
        arch_relax();
}
static inline void arch_lock_next(_Atomic uint16_t *owner)
{
    const uint16_t o = atomic_load_explicit(owner, memory_order_relaxed);
    atomic_store_explicit(owner, (uint16_t)(o + 1), memory_order_release);
}
/* Programs without host.c take locks unwatched. */
void host_lock_watch(const void *lock, int event) __attribute__((weak));
static inline void arch_lock_watch(const void *lock, int event)
{
    if (host_lock_watch)
        host_lock_watch(lock, event);
}

#endif
