/* SPDX-License-Identifier: BSD-2-Clause */
/* Which device vectors are taken on which CPU.  Pure; the caller holds the lock. */
#include <asm/irq.h>

#define FIRST 0x30
#define LAST  0xef

static uint64_t taken[HV_MAX_CPUS][256 / 64];
static uint8_t load[HV_MAX_CPUS];

static bool usable(unsigned vector)
{
    return vector != 0x80 && vector != 0x82; /* software interrupts of guests */
}

int vector_alloc(cpuset_t cpus, unsigned *cpu)
{
    unsigned c, best = HV_MAX_CPUS;
    cpuset_for_each(c, cpus)
    {
        if (best == HV_MAX_CPUS || load[c] < load[best])
            best = c;
    }
    if (best == HV_MAX_CPUS)
        return -XEN_ENOSPC;
    for (unsigned v = FIRST; v <= LAST; v++) {
        if (!usable(v) || bit_test(taken[best], v))
            continue;
        bit_set(taken[best], v);
        load[best]++;
        *cpu = best;
        return (int)v;
    }
    return -XEN_ENOSPC; /* the least loaded one is full: all are */
}

void vector_free(unsigned cpu, unsigned vector)
{
    if (!bit_test(taken[cpu], vector))
        return;
    bit_clear(taken[cpu], vector);
    load[cpu]--;
}
