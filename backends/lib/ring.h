/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared rings of io/ring.h with this machine's barriers.  Rules that every back-end keeps:
 * req_prod is read once per round and refused when it is farther ahead than the ring is large;
 * each request is copied once into private memory and only the copy is looked at.
 */
#ifndef BACK_RING_H
#define BACK_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <xen/io/ring.h>

/* The header's own names for these are those of a kernel. */
#undef xen_mb
#undef xen_rmb
#undef xen_wmb
#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

#define RING_PAGE 4096u

/*
 * How many requests wait between @cons and the producer index in shared memory, read once: 0 to
 * @size, or -1 when the other side lies.  Later reads of requests do not pass this one.
 */
int ring_waiting(const RING_IDX *req_prod, RING_IDX cons, RING_IDX rsp_prod, uint32_t size);

#endif
