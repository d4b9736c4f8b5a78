/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Basic types.  Frame numbers and addresses of each kind are one-field structs, so that none can be
 * taken for another, for a number or, a guest's address, for a pointer of the hypervisor's.
 */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

/* Machine frame number: physical address >> 12. */
typedef struct {
    uint64_t n;
} mfn_t;

#define MFN(x)      ((mfn_t){(x)})
#define MFN_INVALID MFN(~0UL)
static inline bool mfn_eq(mfn_t a, mfn_t b)
{
    return a.n == b.n;
}

/* Physical address of the machine, in bytes: RAM's or a device's. */
typedef struct {
    uint64_t a;
} paddr_t;

#define PADDR(x) ((paddr_t){(x)})
static inline paddr_t paddr_add(paddr_t p, uint64_t n)
{
    return PADDR(p.a + n);
}
static inline mfn_t paddr_mfn(paddr_t p)
{
    return MFN(p.a >> PAGE_SHIFT);
}
static inline paddr_t mfn_paddr(mfn_t mfn)
{
    return PADDR(mfn.n << PAGE_SHIFT);
}

/* A frame's number in its owner's physical map, which is the owner's own affair: what the M2P table
 * says of a frame.  The bounds of the map and a list of mfns by pfn (core/build) are numbers. */
typedef struct {
    uint64_t n;
} pfn_t;

#define PFN(x)   ((pfn_t){(x)})
#define PFN_NONE PFN(~0UL) /* of a frame without a place in the map */

/* Guest virtual address: any number a guest likes.  What is there is reached through guest_read()
 * and its kin (hv/arch.h), which check it; nothing else may make a pointer of it. */
typedef struct {
    uint64_t a;
} gva_t;

#define GVA(x)   ((gva_t){(x)})
#define GVA_NONE GVA(0) /* what the ABI takes for "none" */
/* n bytes further; wraps around as the CPU's addresses do. */
static inline gva_t gva_add(gva_t g, uint64_t n)
{
    return GVA(g.a + n);
}

/* Nanoseconds since boot (signed, as everywhere in the ABI). */
typedef int64_t s_time_t;
#define TIME_NEVER   INT64_MAX
#define MICROSECS(x) ((s_time_t)(x)*1000)
#define MILLISECS(x) ((s_time_t)(x)*1000000)
#define SECONDS(x)   ((s_time_t)(x)*1000000000)

#define ARRAY_SIZE(a)         (sizeof(a) / sizeof((a)[0]))
#define ROUND_UP(x, a)        (((x) + (a)-1) & ~((typeof(x))(a)-1))
#define container_of(p, t, m) ((t *)((char *)(p)-offsetof(t, m)))
#define likely(x)             __builtin_expect(!!(x), 1)
#define unlikely(x)           __builtin_expect(!!(x), 0)
#define min(a, b)                                                                                  \
    ({                                                                                             \
        typeof(a) mina_ = (a);                                                                     \
        typeof(b) minb_ = (b);                                                                     \
        mina_ < minb_ ? mina_ : minb_;                                                             \
    })
#define max(a, b)                                                                                  \
    ({                                                                                             \
        typeof(a) maxa_ = (a);                                                                     \
        typeof(b) maxb_ = (b);                                                                     \
        maxa_ > maxb_ ? maxa_ : maxb_;                                                             \
    })
/* Code used only while booting; its memory is given back before dom0 runs. */
#define __init __attribute__((section(".init.text"), cold, noinline))

/* A local on a hot path that is written whole before it is read: spared the zeroes that each other
 * one begins with (-ftrivial-auto-var-init), so that nothing left on the stack reaches a guest. */
#define NOT_ZEROED __attribute__((uninitialized))

/* A CPU's work budget, in the units of hv/budget.h. */
struct budget {
    int32_t left; /* until the next look at interrupts */
    int32_t turn; /* what a look gives */
};

struct domain;
struct vcpu;
struct frame;
struct vcpu_guest_context;

#endif
