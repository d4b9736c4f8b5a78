/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fake machine recorded, and its knobs, for tests. */
#ifndef HOST_H
#define HOST_H

#include <hv/domain.h>

#define HOST_KEXEC_REACH (1UL << 39)

struct host_log {
    unsigned flushes, page_flushes, quiesces, time_updates, eois;
    cpuset_t ipis;
    uint64_t wallclock;
    struct vcpu *current[64]; /* whom each CPU runs: see arch_context_switch */
    bool preempt_on;          /* arch_preempt answers true once preempt_in calls have passed */
    long preempt_in;
    bool console_echo, console_full;     /* to stderr; the line has no room */
    const struct kexec_image *executed;  /* NULL: none */
    unsigned crashes;                    /* how often the crash image should have run */
    size_t console_written, console_end; /* the line is full after so many; 0: never */
};
extern struct host_log host_log;
/* Called where a CPU waits for another; NULL: gives way to another thread. */
extern void (*host_waiting)(void);
/* How many locks this CPU holds: none between two hypercalls. */
unsigned host_locks_held(void);
/* Turns of so many units from now on (hv/budget.h); 1: every question is answered "spent". */
void host_turn(int32_t units);

/* ---- TLBs (tlb.c) ---- */
/* What a CPU remembers of a frame. */
struct host_tlb {
    uint32_t age; /* of the frame, when it was remembered: how often it had been given and taken */
    uint8_t holds;
};
#define HOST_TLB_READ     1u /* translations */
#define HOST_TLB_WRITE    2u
#define HOST_TLB_TABLE(n) (2u << (n)) /* pointers to it as a table of level n, 1..3 */
/* `old`: it was remembered before the frame last changed hands. */
const struct host_tlb *host_tlb_entry(unsigned cpu, mfn_t mfn, bool *old);
/* Every CPU that runs a vCPU uses all that it can reach. */
void host_tlb_fill(void);
/* The other CPUs do so whenever the core asks about TLBs, in the middle of operations. */
extern bool host_tlb_eager;
/* From now on guests run on copies of their level-4 tables (hv/l4copy.h). */
void host_tlb_run_on_copies(void);
/* This CPU goes back to its guest. */
void host_tlb_exit(void);
/* For those that save and restore the machine, beside its variables. */
extern struct host_tlb *host_tlb;
size_t host_tlb_bytes(void);
/* host.c to tlb.c: a new machine; a frame lost its place in a domain's physical map, or got one. */
void host_tlb_start(void);
void host_tlb_frame_moved(mfn_t mfn);

#endif
