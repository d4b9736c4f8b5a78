/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crash: the initial domain crashes while its second vCPU runs; an image in the memory that crashkernel= keeps runs
 * then, and finds each CPU's registers in its note.  (On Xen a CPU's note is of the hypervisor, whatever it ran.)
 */
#include "payload.h"
#include "report.h"
#include <front/boot.h>
#include <front/lib.h>
#include <front/vcpu.h>

#define CRASH_AT (64ul << 20) /* as the Makefile's HV_ARGS say */

static char stack1[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static volatile bool runs;
extern const char spin[], spin_end[];

/* Runs at a known place for ever. */
static void second(void *arg)
{
    (void)arg;
    runs = true;
    asm volatile("spin: pause; jmp spin; spin_end:");
}

static void wait_ms(uint64_t ms)
{
    for (const uint64_t end = boot_now() + ms * 1000000; boot_now() < end;)
        asm volatile("pause");
}

void test_main(void)
{
    struct payload_expects *e = &payload_expects;

    for (int cpu = 0; cpu < 2; cpu++)
        check_eq(payload_range(KEXEC_RANGE_MA_CPU, cpu, &e->cpu[cpu]), 0, "where CPU %d's note is",
                 cpu);
    check_eq(payload_range(KEXEC_RANGE_MA_VMCOREINFO, 0, &e->vmcoreinfo), 0, "where VMCOREINFO is");
    e->rip = (uint64_t)spin;
    e->rip_end = (uint64_t)spin_end;
    e->rips = on_peer() ? 0 : 1;
    check_eq(payload_load(KEXEC_TYPE_CRASH, EM_X86_64, CRASH_AT), 0, "a crash image is loaded");
    check_eq(vcpu_start(1, second, NULL, stack1), 0, "vCPU 1 is up");
    while (!runs)
        hc_sched_op(SCHEDOP_yield, NULL);
    wait_ms(100);
    if (all_good())
        boot_shutdown(SHUTDOWN_crash); /* the payload has the last word */
}
