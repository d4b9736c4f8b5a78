/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small world for the memory rooms: the fake machine, a control domain and
 * two guests with one vCPU each, and the few functions of other rooms that
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
extern struct vcpu world_vcpu[WORLD_DOMAINS];
extern unsigned world_gone;     /* calls of domain_frames_gone */
extern unsigned world_restarts; /* continuations so far */
extern unsigned world_base_loads;

/* What hcall_continue returns; settle() plays the guest that issues the hypercall again. */
#define WORLD_CONTINUED (-1000L)
long settle(long rc);

/* Fresh machine of so many frames and two CPUs; every domain may have max_pages frames. */
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
/* Tears domain d down as core/domain does: base pointers, tables, frames. */
void world_kill(unsigned d);

/* Hypercalls of the vCPU of domain d, with pointers to the caller's memory; settled. */
long world_update(unsigned d, uint64_t ptr, uint64_t val, uint64_t foreign);
long world_ext(unsigned d, unsigned cmd, uint64_t arg1, uint64_t arg2, uint64_t foreign);
unsigned world_type(mfn_t mfn);
unsigned world_type_count(mfn_t mfn);
unsigned world_refs(mfn_t mfn);

#endif
