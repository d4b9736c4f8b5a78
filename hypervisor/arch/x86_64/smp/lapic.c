/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local APIC (Intel SDM 3A, chapter 11): xAPIC through its page, x2APIC through
 * MSRs; physical destinations.
 */
#include <hv/check.h>
#include <hv/lib.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/mmio.h>

#define APIC_ID        0x020
#define APIC_TPR       0x080
#define APIC_EOI       0x0b0
#define APIC_SVR       0x0f0
#define APIC_ESR       0x280
#define APIC_ICR       0x300
#define APIC_ICR_HIGH  0x310
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_THERM 0x330
#define APIC_LVT_PERF  0x340
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_TIMER_DIV 0x3e0

#define LVT_MASKED       0x10000
#define LVT_NMI          0x400
#define LVT_TSC_DEADLINE 0x40000
#define SVR_ENABLE       0x100
#define ICR_BUSY         0x1000
#define DIVIDE_BY_1      0xb

#define BASE_ENABLE 0x800UL
#define BASE_X2APIC 0x400UL

static volatile uint8_t *page; /* xAPIC */
static bool x2apic;
static uint32_t timer_entry = LVT_MASKED | VEC_LOCAL_TIMER;

uint32_t lapic_read(unsigned reg)
{
    return x2apic ? (uint32_t)rdmsr(MSR_X2APIC + (reg >> 4)) : mmio_read32(page + reg);
}
void lapic_write(unsigned reg, uint32_t v)
{
    if (x2apic)
        wrmsr(MSR_X2APIC + (reg >> 4), v);
    else
        mmio_write32(page + reg, v);
}

uint32_t lapic_id(void)
{
    return x2apic ? lapic_read(APIC_ID) : lapic_read(APIC_ID) >> 24;
}

void lapic_eoi(void)
{
    lapic_write(APIC_EOI, 0);
}

void lapic_init_cpu(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE) | BASE_ENABLE;
    wrmsr(MSR_APIC_BASE, base);
    if (x2apic)
        wrmsr(MSR_APIC_BASE, base | BASE_X2APIC);
    lapic_write(APIC_TPR, 0);
    lapic_write(APIC_LVT_TIMER, LVT_MASKED | VEC_LOCAL_TIMER);
    lapic_write(APIC_LVT_THERM, LVT_MASKED);
    lapic_write(APIC_LVT_PERF, LVT_MASKED);
    lapic_write(APIC_LVT_LINT0, LVT_MASKED);
    lapic_write(APIC_LVT_LINT1, LVT_NMI);
    lapic_write(APIC_LVT_ERROR, VEC_APIC_ERROR);
    lapic_write(APIC_SVR, SVR_ENABLE | VEC_SPURIOUS);
    lapic_write(APIC_ESR, 0);
    lapic_write(APIC_TIMER_DIV, DIVIDE_BY_1);
    /* unmasked only once SVR has enabled it (SDM 3A 11.4.7.2) */
    lapic_write(APIC_LVT_TIMER, timer_entry);
}

__init void lapic_init(void)
{
    struct cpuid features = cpuid(1, 0);
    if (!(features.d & (1u << 9)))
        panic("This CPU has no local APIC");
    x2apic = features.c & (1u << 21);
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
    while (lapic_read(APIC_ICR) & ICR_BUSY)
        cpu_pause();
    lapic_write(APIC_ICR_HIGH, apic_id << 24);
    lapic_write(APIC_ICR, command);
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

void lapic_timer_start(bool deadline_mode)
{
    timer_entry = VEC_LOCAL_TIMER | (deadline_mode ? LVT_TSC_DEADLINE : 0);
    lapic_write(APIC_LVT_TIMER, timer_entry);
}
