/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small world for the memory rooms: the fake machine, a control domain and
 * two guests with two vCPUs each, and the few functions of other rooms that
 * core/frame and core/ptype call.  Used by their unit tests, the explorer and
 * the fuzzer; knows nothing of Criterion.
 */
#ifndef WORLD_H
#define WORLD_H

#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/ptype.h>

#include "host.h"

#define WORLD_DOMAINS 3 /* 0 is the control domain */
extern struct domain world_dom[WORLD_DOMAINS];
#define WORLD_VCPUS (2 * WORLD_DOMAINS) /* the first ones, then the second ones */
extern struct vcpu world_vcpu[WORLD_VCPUS];
extern unsigned world_gone;     /* calls of frame_last_gone for a dying one */
extern unsigned world_restarts; /* continuations so far */

/* What a continuation returns; settle() plays the guest that issues the hypercall again. */
#define WORLD_CONTINUED (-1000L)
long settle(long rc);
uint64_t world_continuation(void); /* tells continuations apart, but for pointers */

/* Fresh machine of so many frames and three CPUs; every domain may have max_pages frames. */
void world_start(uint64_t frames, uint64_t max_pages);
/* A zeroed frame of domain d; aborts when there is none. */
mfn_t world_page(unsigned d);
static inline uint64_t *world_at(mfn_t mfn)
{
    return arch_frame_ptr(mfn);
}
static inline uint64_t world_pte(mfn_t mfn, uint64_t flags)
{
    return mfn.n << PAGE_SHIFT | flags;
}
/* Broken invariants of both rooms, and holds that nothing explains, beyond `expected`. */
int world_audit(uint64_t expected);
/* From here on vCPUs run: v is switched to on its CPU (guest 1's on 0 and 1, guest 2's on 1 and 2,
 * the control domain's on 2), which is the caller's now. */
void world_enter(unsigned v);
/* PT-5 and F-5 of the CPUs' TLBs, which fill first: what a CPU holds that it must not, or NULL. */
const char *world_tlb_fault(unsigned *cpu, mfn_t *mfn);
/* Tears domain d down as core/domain does: base pointers, tables, frames. */
void world_kill(unsigned d);

/* Hypercalls of the vCPU of domain d, with pointers to the caller's memory; settled. */
long world_update(unsigned d, uint64_t ptr, uint64_t val, uint64_t foreign);
long world_ext(unsigned d, unsigned cmd, uint64_t arg1, uint64_t arg2, uint64_t foreign);
unsigned world_type(mfn_t mfn);
unsigned world_type_count(mfn_t mfn);
unsigned world_refs(mfn_t mfn);

#endif
