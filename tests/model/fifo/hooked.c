/* SPDX-License-Identifier: BSD-2-Clause */
/* core/evtchn/fifo.c as it is, but that moment() is called before each of its accesses to shared words:
 * there the guest's other vCPUs may do something. */
#include <hv/budget.h>
#include <hv/dirty.h>
#include <hv/ptype.h>
#include <hv/sched.h>

#include "fifo.h"
#include "world.h"

#undef shared_load
#undef shared_store
#undef shared_fetch_or
#undef shared_fetch_and
#undef shared_cas
#define shared_load(p)            (moment(p), __atomic_load_n(p, __ATOMIC_RELAXED))
#define shared_store(p, v)        (moment(p), __atomic_store_n(p, v, __ATOMIC_RELAXED))
#define shared_fetch_or(p, bits)  (moment(p), __atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST))
#define shared_fetch_and(p, bits) (moment(p), __atomic_fetch_and(p, bits, __ATOMIC_SEQ_CST))
#define shared_cas(p, old, v)                                                                      \
    (moment(p), __atomic_compare_exchange_n(p, old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE))

#include "../../../hypervisor/core/evtchn/fifo.c"
