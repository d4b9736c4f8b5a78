/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU that the control domain takes out, and in again.
 *
 * Each step is taken by the CPU itself, from its idle loop; nobody waits for it, so no two CPUs can wait
 * for one another.  Going:
 *   1 sched_cpu_out(), on the caller's CPU: the bit in sched_online_cpus goes, then each vCPU is looked at
 *     (core/sched/hotplug.c), then this CPU gets an interrupt.  From the bit on no line gets a vector here and no
 *     vCPU is put here, but by who has read it before: he holds the lock that the next step takes.
 *   2 the decision finds that nothing may run here and switches to the idle vCPU, which flushes the TLB, ticks the clock and
 *     takes this CPU out of the last guest's dirty_cpus; the vCPU is put elsewhere when it has left.  What is
 *     asked of the idle loop, the freeing of domains and timers that are due, is done first (sched_pending()).
 *   3 irq_leave(): lines go elsewhere; what they sent here before is taken in a window.
 *   4 timers_leave(): timers go to CPU 0, which never goes.  All that sets one here is the decision, what
 *     timers call and guests, none of which comes any more; what an interrupt does sets none.
 *   5 smp_leave(): shoot-downs and quiescence do not ask for this CPU any more.  It has no guest's mapping
 *     and no pointer to a domain.
 *   6 it halts with interrupts on.  So whoever took it for one of those there a moment ago is answered: a
 *     mailbox, a quiescence, a resched IPI (which finds nothing to do), a line for which there was no vector elsewhere,
 *     microcode (smp_one_by_one(), which asks those that sleep, too: none misses it), the end of the machine.
 * It does no other work, and loses no register: mitigations are as they were.  Coming back:
 *   7 sched_cpu_in(): the bit comes, then a resched IPI, always.  The bit is looked at with interrupts off and
 *     HLT follows STI, so the IPI ends a sleep that begins after the look.
 *   8 smp_return(): first this CPU is asked again, then it flushes its TLB and ticks.  It loads a guest's
 *     tables, or looks a domain up, later only.  Who took a mapping or a domain away and did not find it there
 *     did so before (arch_quiesce() has the barrier, a stamp another), so it finds neither; who finds it and an old
 *     tick asks it for a flush more.
 *   9 the idle loop decides: a vCPU that was put here since 7 runs, timers that came early find nothing due.
 * A CPU that is taken in while it goes finds the bit at 6.
 */
#include <hv/sched.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/trap.h>

void park(void)
{
    irq_leave();
    sched_leave();
    smp_leave();
    while (!(online_cpus() & CPUSET(arch_cpu())))
        idle_sleep();
    smp_return();
}
