/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC's one-shot timer in both modes: whatever deadline a guest may give, the hardware
 * fires when it is due, and for one that it cannot hold after as long as it can. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include <hv/check.h>
#include <hv/lib.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/paging.h>
#include <asm/time.h>

uint64_t fake_msr[0x900];
struct cpuid fake_cpuid;
struct acpi_info acpi;
uint32_t cpu_apic_id[HV_MAX_CPUS];
struct time_scale ns_to_tsc;
uint64_t tsc_at_boot;
static s_time_t now;

#define APIC_TIMER_INIT fake_msr[MSR_X2APIC + 0x38]
#define DEADLINE_MODE   (1u << 24)
#define HAS_X2APIC      (1u << 21)
#define HAS_APIC        (1u << 9)

s_time_t arch_now(void)
{
    return now;
}
void *map_mmio(paddr_t paddr, size_t len)
{
    (void)paddr, (void)len;
    return NULL;
}
void hv_log(enum log_level level, const char *fmt, ...)
{
    (void)level, (void)fmt;
}
void panic(const char *fmt, ...)
{
    (void)fmt;
    abort();
}

static const uint64_t clocks[] = {500000000,  1000000000, 1999000000, 2400000000,
                                  3000000000, 3792874000, 4500000000, 9999999999};

static void machine(uint64_t hz, uint32_t features)
{
    fake_cpuid = (struct cpuid){.c = features | HAS_X2APIC, .d = HAS_APIC};
    ns_to_tsc = time_scale_ratio(hz, 1000000000);
    tsc_at_boot = 123456789;
    now = SECONDS(100);
    lapic_init();
    lapic_timer_calibrated(hz);
}

/* Deadlines at which arithmetic breaks: every power of two, and a little less and more. */
static s_time_t edge(unsigned i)
{
    uint64_t v = (1UL << i / 3) + i % 3 - 1;
    return (s_time_t)min(v, (uint64_t)TIME_NEVER - 1);
}
#define EDGES (3 * 64)
#define YEARS SECONDS(5 * 365 * 86400)

Test(lapic, deadline_mode_never_wraps)
{
    for (unsigned c = 0; c < sizeof(clocks) / sizeof(clocks[0]); c++) {
        machine(clocks[c], DEADLINE_MODE);
        for (unsigned i = 0; i < EDGES; i++) {
            s_time_t d = edge(i);
            arch_timer_set(d);
            long double at = (long double)(fake_msr[MSR_TSC_DEADLINE] - tsc_at_boot) * 1e9L /
                             (long double)clocks[c];
            if (d > YEARS) /* so far away that this is as good */
                cr_assert_gt(at, (long double)YEARS, "%lu Hz, deadline %lx", clocks[c], d);
            else
                cr_assert(fabsl(at - (long double)d) <= (long double)d * 1e-9L + 10,
                          "%lu Hz, deadline %lx", clocks[c], d);
        }
    }
}

Test(lapic, deadline_mode_at_the_other_end)
{
    machine(2600000000, DEADLINE_MODE);
    arch_timer_set(INT64_MIN);
    cr_assert_eq(fake_msr[MSR_TSC_DEADLINE], tsc_at_boot + 1, "past, not disarmed");
    arch_timer_set(0);
    cr_assert_eq(fake_msr[MSR_TSC_DEADLINE], tsc_at_boot + 1);
    arch_timer_set(TIME_NEVER);
    cr_assert_eq(fake_msr[MSR_TSC_DEADLINE], 0);
}

/* The counter holds 32 bits: a far deadline fires early, but not soon. */
Test(lapic, counter_mode_never_wraps)
{
    for (unsigned c = 0; c < sizeof(clocks) / sizeof(clocks[0]); c++) {
        machine(clocks[c], 0);
        long double range = 4294967296e9L / (long double)clocks[c];
        for (unsigned i = 0; i < EDGES; i++) {
            s_time_t d = edge(i);
            arch_timer_set(d);
            long double in = (long double)APIC_TIMER_INIT * 1e9L / (long double)clocks[c];
            cr_assert_gt(APIC_TIMER_INIT, 0, "stopped");
            if (d <= now)
                cr_assert_eq(APIC_TIMER_INIT, 1);
            else if ((long double)(d - now) < range * 0.99L)
                cr_assert(fabsl(in - (long double)(d - now)) < 10, "%lu Hz, deadline %lx",
                          clocks[c], d);
            else
                cr_assert_gt(in, range * 0.98L);
        }
        arch_timer_set(INT64_MIN);
        cr_assert_eq(APIC_TIMER_INIT, 1);
        arch_timer_set(TIME_NEVER);
        cr_assert_eq(APIC_TIMER_INIT, 0);
    }
}
