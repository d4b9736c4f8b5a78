/* SPDX-License-Identifier: BSD-2-Clause */
/* System time from the TSC, calibrated at boot against the HPET or the ACPI PM timer; wall clock.
 */
#include <hv/arch.h>
#include <hv/check.h>
#include <hv/lib.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/mmio.h>
#include <asm/time.h>

#define PM_TIMER_HZ     3579545 /* ACPI 6.4, 4.8.2.1 */
#define HPET_PERIOD     0x04    /* femtoseconds a tick; HPET 1.0a, 2.3 */
#define HPET_CONFIG     0x10
#define HPET_COUNTER    0xf0
#define HPET_PERIOD_MAX 0x05f5e100
#define CALIBRATE_MS    30

struct time_scale tsc_to_ns, ns_to_tsc;
uint64_t tsc_at_boot, tsc_hz;
static bool tsc_reliable = true;
static uint64_t wallclock; /* ns since 1970 at system time 0 */
static struct spinlock wallclock_lock = {.rank = LOCK_WALLCLOCK};

/* ---- the reference ---- */
static volatile uint8_t *hpet;
static uint32_t ref_read(void)
{
    return hpet ? mmio_read32(hpet + HPET_COUNTER) : inl(acpi.pm_timer);
}

/* Chooses the reference: its frequency, and the mask of its counter's width. */
static __init uint64_t ref_open(uint32_t *mask)
{
    *mask = ~0u;
    if (acpi.hpet_paddr.a) {
        hpet = map_mmio(acpi.hpet_paddr, 0x400);
        uint32_t period = mmio_read32(hpet + HPET_PERIOD);
        if (period && period <= HPET_PERIOD_MAX) {
            mmio_write32(hpet + HPET_CONFIG, mmio_read32(hpet + HPET_CONFIG) | 1); /* runs */
            return 1000000000000000UL / period;
        }
        hpet = NULL;
    }
    if (!acpi.pm_timer)
        panic("No HPET and no ACPI PM timer: nothing to calibrate the TSC with");
    if (!acpi.pm_timer_32bit)
        *mask = 0xffffff;
    return PM_TIMER_HZ;
}

struct sample {
    uint64_t tsc;
    uint32_t ref, lapic;
};

/* The three clocks at one instant: the quickest of several readings was the least disturbed. */
static __init struct sample sample(void)
{
    struct sample best = {0, 0, 0};
    uint64_t shortest = ~0UL;
    for (int i = 0; i < 8; i++) {
        uint64_t t0 = rdtsc_ordered();
        uint32_t ref = ref_read(), lapic = lapic_timer_count();
        uint64_t t1 = rdtsc_ordered();
        if (t1 - t0 >= shortest)
            continue;
        shortest = t1 - t0;
        best = (struct sample){.tsc = t0 + (t1 - t0) / 2, .ref = ref, .lapic = lapic};
    }
    return best;
}

static __init uint64_t cmos_now(void);

__init void time_init(void)
{
    uint32_t mask, ticks;
    uint64_t ref_hz = ref_open(&mask);
    lapic_timer_free_run();
    struct sample a = sample(), b;
    do {
        cpu_pause();
        ticks = (ref_read() - a.ref) & mask;
    } while (ticks < ref_hz * CALIBRATE_MS / 1000);
    b = sample();
    ticks = (b.ref - a.ref) & mask;
    tsc_hz = (b.tsc - a.tsc) * ref_hz / ticks;
    uint64_t lapic_hz = (uint64_t)(a.lapic - b.lapic) * ref_hz / ticks;
    if (tsc_hz < 1000000 || lapic_hz < 100000)
        panic("Clocks: TSC %lu Hz, local APIC timer %lu Hz: not believable", tsc_hz, lapic_hz);
    tsc_to_ns = time_scale_ratio(1000000000, tsc_hz);
    ns_to_tsc = time_scale_ratio(tsc_hz, 1000000000);
    tsc_at_boot = rdtsc_ordered();
    wallclock = cmos_now() * 1000000000;
    lapic_timer_calibrated(lapic_hz);
    log_info("Clocks: TSC %lu.%03lu MHz by %s, local APIC timer %lu.%03lu MHz\n", tsc_hz / 1000000,
             tsc_hz / 1000 % 1000, hpet ? "HPET" : "PM timer", lapic_hz / 1000000,
             lapic_hz / 1000 % 1000);
}

void time_tsc_unreliable(void)
{
    tsc_reliable = false;
}

s_time_t arch_now(void)
{
    return (s_time_t)time_scale_apply(tsc_to_ns, rdtsc_ordered() - tsc_at_boot);
}

void udelay(unsigned us)
{
    uint64_t end = rdtsc() + tsc_hz / 1000000 * us;
    while ((int64_t)(rdtsc() - end) < 0)
        cpu_pause();
}

void arch_update_vcpu_time(struct vcpu *v)
{
    struct vcpu_time_info *t = &v->info->time;
    uint32_t version =
        (t->version | 1) + 1; /* even again when done, whatever the guest wrote there */
    shared_store_release(&t->version, version - 1);
    atomic_thread_fence(memory_order_release);
    t->tsc_timestamp = tsc_at_boot;
    t->system_time = 0;
    t->tsc_to_system_mul = tsc_to_ns.mul;
    t->tsc_shift = tsc_to_ns.shift;
    t->flags = tsc_reliable ? XEN_PVCLOCK_TSC_STABLE_BIT : 0;
    shared_store_release(&t->version, version);
    if (unlikely(!v->domain->shared_info->wc_version)) /* its first vCPU's first entry */
        time_update_wallclock(v->domain);
}

/* ---- wall clock ---- */
uint64_t arch_wallclock_base(void)
{
    return wallclock;
}

void time_update_wallclock(struct domain *d)
{
    shared_info_t *s = d->shared_info;
    if (!s)
        return;
    lock(&wallclock_lock);
    uint64_t ns = wallclock + (uint64_t)((int64_t)d->time_offset * 1000000000);
    uint32_t version = (s->wc_version | 1) + 1;
    shared_store_release(&s->wc_version, version - 1);
    atomic_thread_fence(memory_order_release);
    s->wc_sec = (uint32_t)(ns / 1000000000);
    s->wc_sec_hi = (uint32_t)(ns / 1000000000 >> 32);
    s->wc_nsec = (uint32_t)(ns % 1000000000);
    shared_store_release(&s->wc_version, version);
    unlock(&wallclock_lock);
}

void arch_wallclock_set(uint64_t ns)
{
    lock(&wallclock_lock);
    wallclock = ns;
    unlock(&wallclock_lock);
    for (unsigned id = 0; id < DOMID_FIRST_RESERVED; id++) {
        struct domain *d = domain_find((domid_t)id);
        if (d)
            time_update_wallclock(d);
    }
}

static __init uint8_t cmos_read(uint8_t reg)
{
    outb(0x70, reg);
    return inb(0x71);
}

static __init struct cmos_time cmos_sample(void)
{
    uint8_t status = cmos_read(0x0b);
    return (struct cmos_time){.second = cmos_read(0),
                              .minute = cmos_read(2),
                              .hour = cmos_read(4),
                              .day = cmos_read(7),
                              .month = cmos_read(8),
                              .year = cmos_read(9),
                              .century = acpi.century ? cmos_read(acpi.century) : 0,
                              .binary = status & 4,
                              .hours24 = status & 2};
}

/* Two equal readings outside an update (status A bit 7): no digit was caught half way. */
static __init uint64_t cmos_now(void)
{
    struct cmos_time a, b;
    for (int tries = 0; tries < 100; tries++) {
        unsigned spins = 10000; /* an update takes 2 ms at most */
        while ((cmos_read(0x0a) & 0x80) && --spins)
            ;
        memset(&a, 0, sizeof(a));
        memset(&b, 0, sizeof(b));
        a = cmos_sample();
        b = cmos_sample();
        if (!memcmp(&a, &b, sizeof(a)))
            break;
    }
    return cmos_seconds(&a);
}
