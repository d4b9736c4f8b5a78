/* SPDX-License-Identifier: BSD-2-Clause */
/* TLB shoot-down, and the machine's flush clock (hv/tlb.h says in which order); and what all CPUs do
 * together, which is asked for in the same way. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/lock.h>
#include <hv/tlb.h>
#include <asm/alternative.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/port.h>

#define WANT_ALL  1u
#define WANT_PAGE 2u
#define WANT_TURN 4u

static _Atomic uint64_t clock = 1;
static struct spinlock flush_lock = {.rank = LOCK_FLUSH};
static struct spinlock together_lock = {.rank = LOCK_TOGETHER};
static struct { /* smp_one_by_one() */
    void (*fn)(void *arg);
    void *arg;
    _Atomic unsigned arrived, turn;
} together;

void tlb_tick(void)
{
    tlb_clock_tick(&clock, &this_pcpu()->flushed_at);
}

static void flush_local(void)
{
    tlb_tick();
    write_cr3(read_cr3()); /* guests' entries are never global; copies': asm/pcid.h */
}

STATIC_CHECK(ALT_PCID == 11, "the number below");
/* Under each tag, where there are any (asm/pcid.h). */
static inline void flush_page_local(uint64_t va)
{
    __asm__ volatile(ALT_CALL_OF(11, invlpg_copies) "invlpg (%0)" ::"S"(va) : "memory");
}

/* Nobody begins before all are here, nor goes before all are done. */
static void take_turn(void)
{
    const unsigned all = arch_cpu_count(), self = arch_cpu();

    atomic_fetch_add(&together.arrived, 1);
    while (atomic_load(&together.arrived) != all || atomic_load(&together.turn) != self)
        __builtin_ia32_pause();
    together.fn(together.arg);
    atomic_store(&together.turn, self + 1);
    while (atomic_load(&together.turn) != all)
        __builtin_ia32_pause();
}

void tlb_serve(struct pcpu *p)
{
    uint32_t number, want = mailbox_take(&p->flush, &number);

    if (unlikely(want & WANT_TURN))
        take_turn();
    if (want & WANT_ALL)
        flush_local();
    else if (want & WANT_PAGE)
        flush_page_local(shared_load(&p->flush_page));
    mailbox_done(&p->flush, number);
}

uint32_t arch_tlb_stamp(void)
{
    return tlb_clock_stamp(&clock);
}

cpuset_t arch_tlb_stale(cpuset_t set, uint32_t stamp)
{
    const uint64_t now = atomic_load_explicit(&clock, memory_order_relaxed);
    cpuset_t stale = 0;
    unsigned cpu;

    cpuset_for_each(cpu, set & smp_online()) /* who sleeps has no guest's mapping (trap/park.c) */
    {
        if (tlb_clock_stale(
                now, atomic_load_explicit(&pcpus[cpu]->flushed_at, memory_order_relaxed), stamp))
            stale |= CPUSET(cpu);
    }
    return stale;
}

/* One request at a time; whoever waits for its turn serves the others'.  A CPU in the middle of its own
 * turn comes by when that ends, and interrupts wait here meanwhile: that is drawn, too, by the PAUSE, which
 * takes 10 to 45 ns. */
#define PAUSES_A_UNIT 2

static void flush_remote(cpuset_t set, uint32_t want, uint64_t page)
{
    unsigned cpu, pauses = 0;

    budget_draw(BUDGET_FLUSH);
    lock(&flush_lock);
    cpuset_for_each(cpu, set)
    {
        struct pcpu *p = pcpus[cpu];
        p->flush_page = page;
        mailbox_post(&p->flush, want);
        send_ipi(cpu, VEC_FLUSH);
    }
    cpuset_for_each(cpu, set)
    {
        for (; mailbox_busy(&pcpus[cpu]->flush); pauses++)
            arch_relax();
    }
    unlock(&flush_lock);
    budget_draw((int)(pauses / PAUSES_A_UNIT));
}

/* This CPU is asked like the others: it serves itself while it waits for them.  So are those that sleep. */
void smp_one_by_one(void (*fn)(void *arg), void *arg)
{
    lock(&together_lock);
    together.fn = fn;
    together.arg = arg;
    atomic_store(&together.arrived, 0);
    atomic_store(&together.turn, 0);
    flush_remote(all_cpus(), WANT_TURN, 0);
    unlock(&together_lock);
}

void arch_tlb_flush(cpuset_t set)
{
    cpuset_t self = CPUSET(arch_cpu());

    if (set & self)
        flush_local();
    if (unlikely(set & ~self))
        flush_remote(set & ~self, WANT_ALL, 0);
}

void arch_tlb_flush_page(cpuset_t set, uint64_t va)
{
    cpuset_t self = CPUSET(arch_cpu());

    if (set & self)
        flush_page_local(va);
    if (unlikely(set & ~self))
        flush_remote(set & ~self, WANT_PAGE, va);
}

void arch_cache_flush(void)
{
    budget_draw(BUDGET_TURN); /* takes what it takes */
    __asm__ volatile("wbinvd" ::: "memory");
}
