/* SPDX-License-Identifier: BSD-2-Clause */
/* The one-shot timer behind arch_timer_set(): the local APIC's, by deadline or by counting down. */
#include <hv/arch.h>
#include <hv/lib.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/time.h>

#define APIC_TIMER_INIT 0x380
#define APIC_TIMER_NOW  0x390

static bool deadline_mode;
static struct time_scale ns_to_count;
static s_time_t longest; /* ns that fit the counter; in deadline mode since boot, in the MSR */

__init void lapic_timer_free_run(void)
{
    lapic_write(APIC_TIMER_INIT, ~0u);
}

uint32_t lapic_timer_count(void)
{
    return lapic_read(APIC_TIMER_NOW);
}

__init void lapic_timer_calibrated(uint64_t hz)
{
    lapic_write(APIC_TIMER_INIT, 0);
    deadline_mode = cpuid(1, 0).c & (1u << 24);
    ns_to_count = time_scale_ratio(hz, 1000000000);
    longest = deadline_mode ? (s_time_t)time_scale_limit(ns_to_tsc)
                            : (s_time_t)(0xffffffffUL * 1000 / (hz / 1000000 + 1));
    lapic_timer_start(deadline_mode);
    __asm__ volatile("mfence" : : : "memory"); /* before the first deadline (SDM 3A 11.5.4.1) */
}

/* A deadline further than `longest` fires early, to be set again: after the counter's 32 bits, or
 * decades. */
void arch_timer_set(s_time_t deadline)
{
    if (deadline == TIME_NEVER) {
        if (deadline_mode)
            wrmsr(MSR_TSC_DEADLINE, 0);
        else
            lapic_write(APIC_TIMER_INIT, 0);
        return;
    }
    if (deadline_mode) {
        uint64_t ns = (uint64_t)min(max(deadline, (s_time_t)0), longest);
        wrmsr(MSR_TSC_DEADLINE, tsc_at_boot + time_scale_apply(ns_to_tsc, ns) + 1);
        return;
    }
    s_time_t now = arch_now(), wait = deadline > now ? min(deadline - now, longest) : 0;
    /* One more: better a little late than woken twice. */
    lapic_write(APIC_TIMER_INIT, (uint32_t)time_scale_apply(ns_to_count, (uint64_t)wait) + 1);
}
