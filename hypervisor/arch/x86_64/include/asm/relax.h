/* SPDX-License-Identifier: BSD-2-Clause */
/* What a lock needs of the machine: who waits, how, and what is watched (hv/lock.h). */
#ifndef ASM_RELAX_H
#define ASM_RELAX_H

#include <asm/percpu.h>

static inline unsigned arch_cpu(void)
{
    return this_pcpu()->cpu;
}
void tlb_serve(struct pcpu *p);
static inline void arch_relax(void)
{
    __builtin_ia32_pause();
    if (unlikely(mailbox_busy(&this_pcpu()->flush)))
        tlb_serve(this_pcpu());
}
struct spinlock;
void lock_watch(const struct spinlock *l, int event); /* debug/lock.c */
static inline void arch_lock_watch(const struct spinlock *l, int event)
{
#ifdef HV_TRACE_REFUSALS
    lock_watch(l, event);
#else
    (void)l, (void)event;
#endif
}

#endif
