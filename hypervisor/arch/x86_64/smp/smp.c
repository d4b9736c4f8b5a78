/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPUs that are there, and what hv/arch.h lets one ask of the others. */
#include <hv/arch.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/port.h>

struct pcpu *pcpus[HV_MAX_CPUS];
uint32_t cpu_apic_id[HV_MAX_CPUS], cpu_acpi_id[HV_MAX_CPUS];
static _Atomic cpuset_t online;
static unsigned cpu_count;

cpuset_t smp_online(void)
{
    return atomic_load_explicit(&online, memory_order_relaxed);
}

unsigned arch_cpu_count(void)
{
    return cpu_count;
}

void smp_join(unsigned cpu)
{
    cpu_count = cpu + 1;
    atomic_fetch_or(&online, CPUSET(cpu));
}

void smp_leave(void)
{
    atomic_fetch_and(&online, ~CPUSET(arch_cpu()));
}

void smp_return(void)
{
    atomic_fetch_or(&online, CPUSET(arch_cpu()));
    arch_tlb_flush(CPUSET(arch_cpu()));
}

void arch_ipi_resched(unsigned cpu)
{
    send_ipi(cpu, VEC_RESCHED);
}

/* An interrupt is taken outside the hypervisor's code, in the idle loop or in arch_quiesce(): that
 * is the quiescence asked for.  In arch_preempt()'s window it waits for the operation's end. */
void arch_quiescent(void)
{
    atomic_store(&this_pcpu()->call_want, 0);
}

void arch_quiesce(void)
{
    cpuset_t others;
    unsigned cpu;

    /* what was taken away before is seen by a CPU that is not in the set yet (trap/park.c) */
    atomic_thread_fence(memory_order_seq_cst);
    others = smp_online() & ~CPUSET(arch_cpu());
    cpuset_for_each(cpu, others)
    {
        atomic_store(&pcpus[cpu]->call_want, 1);
        send_ipi(cpu, VEC_CALL);
    }
    cpuset_for_each(cpu, others)
    {
        while (atomic_load(&pcpus[cpu]->call_want)) {
            interrupt_window(); /* two CPUs may wait for one another */
            arch_relax();
        }
    }
}

void arch_halt(void)
{
    static _Atomic bool stopping;
    if (!atomic_exchange(&stopping, true))             /* the others come here too, from VEC_STOP */
        for (unsigned cpu = 0; cpu < cpu_count; cpu++) /* those that sleep, too */
            if (cpu != arch_cpu())
                send_ipi(cpu, VEC_STOP);
    for (;;)
        __asm__ volatile("cli; hlt");
}
