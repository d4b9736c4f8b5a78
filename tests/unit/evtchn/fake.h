/* SPDX-License-Identifier: BSD-2-Clause */
/* Two domains with two vCPUs each and the rooms around the event channels, as small as can be. */
#ifndef EVTCHN_FAKE_H
#define EVTCHN_FAKE_H

#include <hv/domain.h>
#include <hv/evtchn.h>
#include <hv/hcall.h>
#include <hv/sched.h>

#define FAKE_VCPUS 2
#define FIRST_ID   3 /* of the two domains: 3 is privileged, 4 is not */
#define FAKE_PIRQS 8

/* Frames that the domains have: the first half are dom[0]'s. */
#define FAKE_FRAMES 16
#define FAKE_MFN    0x500
extern unsigned char fake_ram[FAKE_FRAMES][4096];

struct fake_log {
    unsigned kicks[2][FAKE_VCPUS], wakes[2][FAKE_VCPUS];
    unsigned pirqs_bound, continued;
    uint64_t continue_args[2];
    int pirq_result;         /* what arch_pirq_bind answers */
    int held[FAKE_FRAMES];   /* references as writable frames */
    bool dirty[FAKE_FRAMES]; /* told to be written */
    bool unbound_locked;     /* arch_pirq_unbind was called under some domain's lock */
    bool out_of_memory;
    int allocated;         /* pieces of memory in use */
    long preempt_in;       /* calls of arch_preempt before it says yes; <0: never */
    long fault_in;         /* guest accesses before one fails; <0: never */
    void (*waiting)(void); /* called where a CPU waits for a lock; NULL: nobody may */
};
extern struct fake_log fake_log;
extern struct domain *dom[2];

void fake_start(void);
void fake_stop(void);
/* After states of d's ports were written by hand. */
void fake_recount(struct domain *d);
/* How often d's frames are held. */
unsigned fake_held(const struct domain *d);
#endif
