/* SPDX-License-Identifier: BSD-2-Clause */
/* The barriers that the ring macros of <xen/io/ring.h> ask their user for. */
#ifndef FRONT_RING_H
#define FRONT_RING_H

#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

#include <front/abi.h>
#include <xen/io/ring.h>

#endif
