/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting application processors (Intel SDM 3A 8.4.4), one after another.
 */
#include <hv/arch.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/boot.h>
#include <asm/cpu.h>
#include <asm/paging.h>
#include <asm/percpu.h>
#include <asm/spec.h>
#include <asm/time.h>

struct trampoline_args {
    uint64_t cr3, cr4, stack, entry;
    uint32_t boot_cr0, boot_cr3, boot_cr4, efer;
    uint32_t cpu;
    _Atomic uint32_t claim; /* 1: somebody is asked to come; whoever swaps in 0 decides */
    uint32_t long_mode;     /* this and gdt_base: distances from the start until it has a place */
    uint16_t long_mode_cs, gdt_limit;
    uint32_t gdt_base;
};
extern const uint8_t trampoline_start[], trampoline_end[], trampoline_args[];
void smp_ap_entry(void);

#define TRAMPOLINE_PAGES 4 /* its code, and three levels of page tables */
#define SYNC_ROUNDS      16

static paddr_t trampoline;

/* The newcomer's progress, and the TSC comparison with it. */
static struct {
    _Atomic unsigned arrived;    /* CPU number, set by it */
    _Atomic unsigned ping, pong; /* round numbers */
    _Atomic uint64_t pong_tsc;
    _Atomic int64_t adjust; /* to add to its TSC */
    _Atomic bool finish;
} sync;

__init void smp_init_boot_cpu(void)
{
    uint32_t id = lapic_id();
    cpu_apic_id[0] = id;
    for (unsigned i = 0; i < acpi.cpus; i++) {
        if (acpi.cpu[i].apic_id == id)
            cpu_acpi_id[0] = acpi.cpu[i].acpi_id;
    }
    smp_join(0);
}

/* Waits up to ms for *p == value. */
static __init bool await(_Atomic unsigned *p, unsigned value, unsigned ms)
{
    uint64_t end = rdtsc() + tsc_hz / 1000 * ms;
    while (atomic_load(p) != value) {
        if ((int64_t)(rdtsc() - end) > 0)
            return false;
        arch_relax();
    }
    return true;
}

static __init struct trampoline_args *prepare_trampoline(void)
{
    uint64_t cr3 = read_cr3() & ~0xfffUL, *l4, *l3, *l2;
    uint8_t *code;
    trampoline = boot_find_low(TRAMPOLINE_PAGES * PAGE_SIZE);
    code = phys_to_virt(trampoline);
    l4 = (uint64_t *)(code + PAGE_SIZE);
    l3 = l4 + 512;
    l2 = l3 + 512;
    memcpy(code, trampoline_start, (size_t)(trampoline_end - trampoline_start));
    memcpy(l4, phys_to_virt(PADDR(cr3)), PAGE_SIZE);
    memset(l3, 0, 2 * PAGE_SIZE);
    l4[0] = (trampoline.a + 2 * PAGE_SIZE) | PTE_P | PTE_RW;
    l3[0] = (trampoline.a + 3 * PAGE_SIZE) | PTE_P | PTE_RW;
    l2[0] = PTE_P | PTE_RW | PTE_PS; /* physical 0..2 MiB to itself */

    struct trampoline_args *args = (void *)(code + (trampoline_args - trampoline_start));
    args->cr3 = cr3;
    args->cr4 = read_cr4();
    args->entry = (uint64_t)smp_ap_entry;
    args->boot_cr0 = (uint32_t)read_cr0();
    args->boot_cr3 = (uint32_t)(trampoline.a + PAGE_SIZE);
    args->long_mode += (uint32_t)trampoline.a;
    args->gdt_base += (uint32_t)trampoline.a;
    args->boot_cr4 = CR4_PAE;
    args->efer = (uint32_t)(rdmsr(MSR_EFER) & ~EFER_LMA);
    return args;
}

/* Difference of the newcomer's TSC to ours by ping-pong; what a round trip cannot tell apart counts
 * as 0. */
static __init int64_t measure_tsc(void)
{
    uint64_t shortest = ~0UL;
    int64_t difference = 0;
    for (unsigned round = 1; round <= SYNC_ROUNDS; round++) {
        uint64_t t0 = rdtsc_ordered();
        atomic_store(&sync.ping, round);
        if (!await(&sync.pong, round, 200))
            return 0;
        uint64_t t1 = rdtsc_ordered();
        if (t1 - t0 >= shortest)
            continue;
        shortest = t1 - t0;
        difference = (int64_t)(atomic_load(&sync.pong_tsc) - (t0 + (t1 - t0) / 2));
    }
    return (uint64_t)(difference < 0 ? -difference : difference) <= shortest / 2 ? 0 : difference;
}

/* When it returns the CPU is online, or will not come. */
static __init void start_cpu(struct trampoline_args *args, unsigned cpu, uint32_t apic_id)
{
    struct pcpu *p = percpu_alloc(cpu);
    if (!p) {
        log_err("CPU %u (APIC id %u): no memory for it\n", cpu, apic_id);
        return;
    }
    args->stack = (uint64_t)p->stack_top;
    args->cpu = cpu;
    memset(&sync, 0, sizeof(sync));
    atomic_store(&args->claim, 1);
    lapic_send(apic_id, ICR_INIT);
    udelay(10000);
    for (int tries = 0; tries < 2; tries++) {
        lapic_send(apic_id, ICR_STARTUP | (uint32_t)paddr_mfn(trampoline).n);
        udelay(200);
    }
    if (!await(&sync.arrived, cpu, 1000)) {
        if (atomic_exchange(&args->claim, 0))
            log_err("CPU with APIC id %u does not start: going on without it\n", apic_id);
        else
            panic("CPU with APIC id %u started but got stuck", apic_id);
        return;
    }
    int64_t difference = measure_tsc();
    if (difference) {
        log_warn("CPU %u: TSC differs by %ld ticks: corrected\n", cpu, difference);
        atomic_store(&sync.adjust, -difference);
        time_tsc_unreliable();
    }
    atomic_store(&sync.finish, true);
    uint64_t end = rdtsc() + tsc_hz;
    while (!(smp_online() & CPUSET(cpu))) {
        if ((int64_t)(rdtsc() - end) > 0)
            panic("CPU %u started but got stuck", cpu);
        arch_relax();
    }
}

__init void smp_init(void)
{
    struct trampoline_args *args = acpi.cpus > 1 ? prepare_trampoline() : NULL;
    /* the boot CPU is its core's first */
    const uint32_t unwanted = spec_unused_ids();
    for (unsigned i = 0; i < acpi.cpus && arch_cpu_count() < HV_MAX_CPUS; i++) {
        unsigned cpu = arch_cpu_count();
        if (acpi.cpu[i].apic_id == cpu_apic_id[0] || acpi.cpu[i].apic_id & unwanted)
            continue;
        cpu_apic_id[cpu] = acpi.cpu[i].apic_id;
        cpu_acpi_id[cpu] = acpi.cpu[i].acpi_id;
        start_cpu(args, cpu, acpi.cpu[i].apic_id);
    }
    log_info("%u CPUs online\n", arch_cpu_count());
}

void smp_ap_init(unsigned cpu)
{
    lapic_init_cpu();
    atomic_store(&sync.arrived, cpu);
    for (unsigned done = 0; !atomic_load(&sync.finish);) {
        unsigned round = atomic_load(&sync.ping);
        if (round != done) {
            atomic_store(&sync.pong_tsc, rdtsc_ordered());
            atomic_store(&sync.pong, round);
            done = round;
        }
        arch_relax();
    }
    if (sync.adjust)
        wrmsr(MSR_TSC, rdtsc_ordered() + (uint64_t)sync.adjust);
    smp_join(cpu);
}
