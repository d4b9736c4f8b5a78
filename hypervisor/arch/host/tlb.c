/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine's TLBs: of each CPU, which frames it can reach, and which it takes for page
 * tables (paging-structure caches).  What a CPU may remember is what it can walk, from the tables of
 * the vCPU that runs there or from those it remembers; it remembers all of it, and forgets only when
 * the core flushes that CPU or CR3 is loaded.  INVLPG is ignored: nothing may lean on less.
 * Addresses are not kept: the questions are about frames.
 */
#include <stdlib.h>
#include <string.h>

#include <hv/budget.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/tlb.h>

#include "host.h"

#define ENTRIES    512
#define PRESENT    1UL
#define RW         2UL
#define MFN_OF(e)  ((e) >> PAGE_SHIFT & 0xFFFFFFFFFFUL)
#define L4_HV(i)   ((i) >= 256 && (i) < 272)

struct host_tlb *host_tlb;
bool host_tlb_eager;
static _Atomic uint64_t clock;
static _Atomic uint64_t flushed_at[64];
static bool filled[64];

static struct host_tlb *entry_of(unsigned cpu, mfn_t mfn)
{
    return &host_tlb[(cpu + 1) * host_frames + mfn.n - HOST_MFN_BASE];
}
/* In place of CPU -1's: how often the frame was given and taken. */
static uint32_t *age_of(mfn_t mfn)
{
    return &host_tlb[mfn.n - HOST_MFN_BASE].age;
}
static bool is_ram(uint64_t mfn)
{
    return mfn >= HOST_MFN_BASE && mfn < HOST_MFN_BASE + host_frames;
}

size_t host_tlb_bytes(void)
{
    return (arch_cpu_count() + 1) * host_frames * sizeof(*host_tlb);
}

void host_tlb_start(void)
{
    free(host_tlb);
    host_tlb = calloc(1, host_tlb_bytes());
    host_tlb_eager = false;
    clock = 1;
    for (unsigned cpu = 0; cpu < 64; cpu++) {
        flushed_at[cpu] = 0;
        filled[cpu] = false;
    }
}

void host_tlb_frame_moved(mfn_t mfn)
{
    (*age_of(mfn))++;
}

static void remember(unsigned cpu, mfn_t mfn, uint8_t holds)
{
    struct host_tlb *t = entry_of(cpu, mfn);

    if (!t->holds)
        t->age = *age_of(mfn);
    t->holds |= holds;
}

/* What the CPU finds in a table of this level, whatever that is by now. */
static void walk(unsigned cpu, mfn_t table, unsigned level)
{
    const uint64_t *e = arch_frame_ptr(table);

    for (unsigned i = 0; i < ENTRIES; i++) {
        if (i % 8 == 0 &&
            !((e[i] | e[i + 1] | e[i + 2] | e[i + 3] | e[i + 4] | e[i + 5] | e[i + 6] | e[i + 7]) &
              PRESENT)) {
            i += 7;
            continue;
        }
        if (!(e[i] & PRESENT) || (level == 4 && L4_HV(i)) || !is_ram(MFN_OF(e[i])))
            continue;
        if (level > 1)
            remember(cpu, MFN(MFN_OF(e[i])), HOST_TLB_TABLE(level - 1));
        else
            remember(cpu, MFN(MFN_OF(e[i])), HOST_TLB_READ | (e[i] & RW ? HOST_TLB_WRITE : 0));
    }
}

static void fill(unsigned cpu)
{
    const struct vcpu *v = host_log.current[cpu];

    if (!v || v->domain->is_idle)
        return;
    filled[cpu] = true;
    const mfn_t base[2] = {v->domain->logging ? v->root[0] : v->cr3,
                           v->domain->logging ? v->root[1] : v->user_cr3};
    for (unsigned user = 0; user < 2; user++)
        if (is_ram(base[user].n))
            walk(cpu, base[user], 4);
    for (unsigned level = 3; level > 0; level--)
        for (uint64_t m = HOST_MFN_BASE; m < HOST_MFN_BASE + host_frames; m++)
            if (entry_of(cpu, MFN(m))->holds & HOST_TLB_TABLE(level))
                walk(cpu, MFN(m), level);
}

void host_tlb_fill(void)
{
    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++)
        fill(cpu);
}

/* While this CPU is in the hypervisor, the others go on. */
static void others_run(void)
{
    for (unsigned cpu = 0; host_tlb_eager && cpu < arch_cpu_count(); cpu++)
        if (cpu != host_cpu)
            fill(cpu);
}

const struct host_tlb *host_tlb_entry(unsigned cpu, mfn_t mfn, bool *old)
{
    const struct host_tlb *t = entry_of(cpu, mfn);

    *old = t->holds && t->age != *age_of(mfn);
    return t;
}

static void flush(unsigned cpu)
{
    tlb_clock_tick(&clock, &flushed_at[cpu]);
    if (filled[cpu])
        memset(entry_of(cpu, MFN(HOST_MFN_BASE)), 0, host_frames * sizeof(*host_tlb));
    filled[cpu] = false;
}

uint32_t arch_tlb_stamp(void)
{
    others_run();
    return tlb_clock_stamp(&clock);
}
cpuset_t arch_tlb_stale(cpuset_t set, uint32_t stamp)
{
    const uint64_t now = clock;
    cpuset_t stale = 0;
    unsigned cpu;

    others_run();
    cpuset_for_each(cpu, set)
    {
        if (tlb_clock_stale(now, flushed_at[cpu], stamp))
            stale |= CPUSET(cpu);
    }
    return stale;
}
void arch_tlb_flush(cpuset_t set)
{
    unsigned cpu;

    if (!set)
        return;
    host_log.flushes++;
    budget_draw(set & ~CPUSET(host_cpu) ? BUDGET_FLUSH : BUDGET_ENTRY);
    cpuset_for_each(cpu, set) flush(cpu);
    others_run();
}
void arch_tlb_flush_page(cpuset_t set, uint64_t gva)
{
    (void)gva;
    budget_draw(set & ~CPUSET(host_cpu) ? BUDGET_FLUSH : BUDGET_ENTRY);
    if (set)
        host_log.page_flushes++;
}

void arch_load_base(struct vcpu *v)
{
    v->arch.base_loads++;
    if (host_log.current[host_cpu] == v)
        flush(host_cpu);
}
void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
    const cpuset_t self = CPUSET(host_cpu);

    if (!next->domain->is_idle)
        __atomic_fetch_or(&next->domain->dirty_cpus, self, __ATOMIC_SEQ_CST);
    host_log.current[host_cpu] = next;
    flush(host_cpu);
    if (prev->domain != next->domain && !prev->domain->is_idle)
        __atomic_fetch_and(&prev->domain->dirty_cpus, ~self, __ATOMIC_SEQ_CST);
}
