/* SPDX-License-Identifier: BSD-2-Clause */
#include <hv/lock.h>

void lock_wait(const _Atomic uint16_t *owner, uint16_t me)
{
    while (atomic_load_explicit(owner, memory_order_acquire) != me)
        arch_relax();
}
