/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fake machine recorded, and its knobs, for tests. */
#ifndef HOST_H
#define HOST_H

#include <hv/domain.h>

struct host_log {
    uint32_t tlb_clock, flushed_at[64];
    unsigned flushes, page_flushes, quiesces, time_updates, eois;
    cpuset_t ipis;
    uint64_t wallclock;
    struct vcpu *current[64];
    bool preempt_on;   /* arch_preempt answers true once preempt_in calls have passed */
    long preempt_in;
    bool console_echo;
};
extern struct host_log host_log;
uint64_t arch_m2p_get(mfn_t mfn);
/* How many locks this thread holds: none between two hypercalls. */
unsigned host_locks_held(void);

#endif
