/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine's TLBs: of each CPU, which frames it can reach, and which it takes for page
 * tables (paging-structure caches).  What a CPU may remember is what it can walk, from the tables
 * of the vCPU that runs there or from those it remembers; it remembers all of it, and forgets only
 * when the core flushes that CPU or CR3 is loaded.  INVLPG is ignored: nothing may lean on less.
 * Addresses are not kept: the questions are about frames.
 * After host_tlb_run_on_copies() guests run on copies of their level-4 tables, as by xpti=
 * (hv/l4copy.h).
 */
#include <stdlib.h>
#include <string.h>

#include <hv/budget.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/l4copy.h>
#include <hv/tlb.h>

#include "host.h"

#define ENTRIES   512
#define PRESENT   1UL
#define RW        2UL
#define MFN_OF(e) ((e) >> PAGE_SHIFT & 0xFFFFFFFFFFUL)
#define L4_HV(i)  ((i) >= 256 && (i) < 272)

struct host_tlb *host_tlb;
bool host_tlb_eager;
static bool run_on_copies;
static l4_versions_t versions;
static struct l4copy (*copies)[2]; /* of each CPU: of the kernel's and the user mode's table */
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
    host_tlb_eager = run_on_copies = false;
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
static void walk(unsigned cpu, const uint64_t *e, unsigned level)
{
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

/* What CR3 has for the kernel or the user mode: a table of the guest's, or the root of shadows. */
static mfn_t base_of(const struct vcpu *v, unsigned user)
{
    if (v->domain->logging)
        return v->root[user];
    return user ? v->user_cr3 : v->cr3;
}

/* The CPU leaves the hypervisor. */
static void exit_to_guest(unsigned cpu)
{
    const struct vcpu *v = host_log.current[cpu];

    if (!run_on_copies || !v || v->domain->is_idle)
        return;
    for (unsigned user = 0; user < 2; user++) {
        const mfn_t base = base_of(v, user);
        if (is_ram(base.n) && !l4copy_fresh(&copies[cpu][user], versions, base))
            l4copy_take(&copies[cpu][user], versions, base, arch_frame_ptr(base));
    }
}

static void walk_base(unsigned cpu, mfn_t base, unsigned user)
{
    if (is_ram(base.n))
        walk(cpu, run_on_copies ? copies[cpu][user].table : arch_frame_ptr(base), 4);
}

void host_tlb_run_on_copies(void)
{
    if (!copies) {
        copies = calloc(64, sizeof(*copies));
        for (unsigned i = 0; i < 128; i++)
            copies[i / 2][i % 2].table = calloc(ENTRIES, 8);
    }
    for (unsigned i = 0; i < 128; i++)
        copies[i / 2][i % 2].of = 0;
    run_on_copies = true;
    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++)
        exit_to_guest(cpu); /* who runs here runs on a copy from the start */
}

static void fill(unsigned cpu)
{
    const struct vcpu *v = host_log.current[cpu];

    if (!v || v->domain->is_idle)
        return;
    filled[cpu] = true;
    walk_base(cpu, base_of(v, 0), 0);
    walk_base(cpu, base_of(v, 1), 1);
    for (unsigned level = 3; level > 0; level--)
        for (uint64_t m = HOST_MFN_BASE; m < HOST_MFN_BASE + host_frames; m++)
            if (entry_of(cpu, MFN(m))->holds & HOST_TLB_TABLE(level))
                walk(cpu, arch_frame_ptr(MFN(m)), level);
}

void host_tlb_exit(void)
{
    exit_to_guest(host_cpu);
}

static const struct l4copy *copies_of(unsigned cpu)
{
    return copies[cpu];
}

void arch_l4_counted(mfn_t l4)
{
    l4copy_stored(versions, l4);
}

void arch_l4_stored(struct domain *d, mfn_t l4)
{
    const cpuset_t others = domain_dirty_cpus(d) & ~CPUSET(host_cpu);

    if (run_on_copies)
        arch_tlb_flush(l4copy_counted(versions, l4, others, copies_of));
}

void host_tlb_fill(void)
{
    host_tlb_exit();
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
    if (cpu != host_cpu) /* it came by for this */
        exit_to_guest(cpu);
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
void arch_tlb_flush_page(cpuset_t set, uint64_t va)
{
    (void)va;
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
        shared_fetch_or(&next->domain->dirty_cpus, self);
    host_log.current[host_cpu] = next;
    flush(host_cpu);
    if (prev->domain != next->domain && !prev->domain->is_idle)
        shared_fetch_and(&prev->domain->dirty_cpus, ~self);
}
