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
/* Until *owner is me: smp/lock.c, by way of lock_entry.S, which keeps all registers and takes those
 * that are seldom in use, so that who takes a lock saves and moves none for a wait that is rare. */
void lock_wait(const _Atomic uint16_t *owner, uint16_t me);
static inline void arch_lock_wait(const _Atomic uint16_t *owner, uint16_t me)
{
    register const _Atomic uint16_t *at __asm__("r11") = owner;

    __asm__ volatile("call lock_wait_entry" ::"r"(at), "a"(me) : "memory", "cc");
}
/* One more, which nobody else writes, after all that was stored before: needs no LOCK, as x86 keeps
 * stores in order (SDM 3A 9.2.2). */
static inline void arch_lock_next(_Atomic uint16_t *owner)
{
    __asm__ volatile("incw %0" : "+m"(*owner) : : "memory", "cc");
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
