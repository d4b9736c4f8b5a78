/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local APIC (Intel SDM 3A, chapter 11): xAPIC through its page, x2APIC through
 * MSRs; physical destinations; the one-shot timer behind arch_timer_set().
 */
#include <hv/arch.h>
#include <hv/check.h>
#include <hv/lib.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/mmio.h>
#include <asm/time.h>

#define APIC_ID         0x020
#define APIC_TPR        0x080
#define APIC_EOI        0x0b0
#define APIC_SVR        0x0f0
#define APIC_ESR        0x280
#define APIC_ICR        0x300
#define APIC_ICR_HIGH   0x310
#define APIC_LVT_TIMER  0x320
#define APIC_LVT_THERM  0x330
#define APIC_LVT_PERF   0x340
#define APIC_LVT_LINT0  0x350
#define APIC_LVT_LINT1  0x360
#define APIC_LVT_ERROR  0x370
#define APIC_TIMER_INIT 0x380
#define APIC_TIMER_NOW  0x390
#define APIC_TIMER_DIV  0x3e0

#define LVT_MASKED       0x10000
#define LVT_NMI          0x400
#define LVT_TSC_DEADLINE 0x40000
#define SVR_ENABLE       0x100
#define ICR_BUSY         0x1000
#define DIVIDE_BY_1      0xb

#define BASE_ENABLE 0x800UL
#define BASE_X2APIC 0x400UL

static volatile uint8_t *page; /* xAPIC */
static bool x2apic, deadline_mode;
static struct time_scale ns_to_count;
static s_time_t longest; /* ns that fit the counter; in deadline mode since boot, in the MSR */

static uint32_t reg_read(unsigned reg)
{
    return x2apic ? (uint32_t)rdmsr(MSR_X2APIC + (reg >> 4)) : mmio_read32(page + reg);
}
static void reg_write(unsigned reg, uint32_t v)
{
    if (x2apic)
        wrmsr(MSR_X2APIC + (reg >> 4), v);
    else
        mmio_write32(page + reg, v);
}

uint32_t lapic_id(void)
{
    return x2apic ? reg_read(APIC_ID) : reg_read(APIC_ID) >> 24;
}

void lapic_eoi(void)
{
    reg_write(APIC_EOI, 0);
}

void lapic_init_cpu(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE) | BASE_ENABLE;
    wrmsr(MSR_APIC_BASE, base);
    if (x2apic)
        wrmsr(MSR_APIC_BASE, base | BASE_X2APIC);
    reg_write(APIC_TPR, 0);
    reg_write(APIC_LVT_TIMER, LVT_MASKED | VEC_LOCAL_TIMER);
    reg_write(APIC_LVT_THERM, LVT_MASKED);
    reg_write(APIC_LVT_PERF, LVT_MASKED);
    reg_write(APIC_LVT_LINT0, LVT_MASKED);
    reg_write(APIC_LVT_LINT1, LVT_NMI);
    reg_write(APIC_LVT_ERROR, VEC_APIC_ERROR);
    reg_write(APIC_SVR, SVR_ENABLE | VEC_SPURIOUS);
    reg_write(APIC_ESR, 0);
    reg_write(APIC_TIMER_DIV, DIVIDE_BY_1);
    if (ns_to_count.mul || deadline_mode)
        reg_write(APIC_LVT_TIMER, VEC_LOCAL_TIMER | (deadline_mode ? LVT_TSC_DEADLINE : 0));
}

__init void lapic_init(void)
{
    struct cpuid features = cpuid(1, 0);
    if (!(features.d & (1u << 9)))
        panic("This CPU has no local APIC");
    x2apic = features.c & (1u << 21);
    deadline_mode = false;
    if (!x2apic)
        page = map_mmio(acpi.lapic_paddr, PAGE_SIZE);
    lapic_init_cpu();
    log_info("Local APIC: %s mode, id %u\n", x2apic ? "x2APIC" : "xAPIC", lapic_id());
}

void lapic_send(uint32_t apic_id, uint32_t command)
{
    if (x2apic) {
        /* The MSR write is not ordered after earlier stores by itself. */
        __asm__ volatile("mfence; lfence" : : : "memory");
        wrmsr(MSR_X2APIC + (APIC_ICR >> 4), (uint64_t)apic_id << 32 | command);
        return;
    }
    while (reg_read(APIC_ICR) & ICR_BUSY)
        cpu_pause();
    reg_write(APIC_ICR_HIGH, apic_id << 24);
    reg_write(APIC_ICR, command);
}

void send_ipi(unsigned cpu, unsigned vector)
{
    lapic_send(cpu_apic_id[cpu], 0x4000 | vector);
}

void send_ipi_set(cpuset_t set, unsigned vector)
{
    unsigned cpu;
    cpuset_for_each(cpu, set) send_ipi(cpu, vector);
}

__init void lapic_timer_free_run(void)
{
    reg_write(APIC_TIMER_INIT, ~0u);
}

uint32_t lapic_timer_count(void)
{
    return reg_read(APIC_TIMER_NOW);
}

__init void lapic_timer_calibrated(uint64_t hz)
{
    reg_write(APIC_TIMER_INIT, 0);
    deadline_mode = cpuid(1, 0).c & (1u << 24);
    ns_to_count = time_scale_ratio(hz, 1000000000);
    longest = deadline_mode ? (s_time_t)time_scale_limit(ns_to_tsc)
                            : (s_time_t)(0xffffffffUL * 1000 / (hz / 1000000 + 1));
    reg_write(APIC_LVT_TIMER, VEC_LOCAL_TIMER | (deadline_mode ? LVT_TSC_DEADLINE : 0));
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
            reg_write(APIC_TIMER_INIT, 0);
        return;
    }
    if (deadline_mode) {
        uint64_t ns = (uint64_t)min(max(deadline, (s_time_t)0), longest);
        wrmsr(MSR_TSC_DEADLINE, tsc_at_boot + time_scale_apply(ns_to_tsc, ns) + 1);
        return;
    }
    s_time_t now = arch_now(), wait = deadline > now ? min(deadline - now, longest) : 0;
    /* One more: better a little late than woken twice. */
    reg_write(APIC_TIMER_INIT, (uint32_t)time_scale_apply(ns_to_count, (uint64_t)wait) + 1);
}
