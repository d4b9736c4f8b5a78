/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU for the code of arch/x86_64: tests run in ring 3, where each privileged instruction faults;
 * the fault is taken as a sign to do it on the registers below.  Faults on memory go to the code's
 * own handler, which finds what to do in its table.
 */
#ifndef UNIT_TRAP_CPU_H
#define UNIT_TRAP_CPU_H

#include <hv/hcall.h>
#include <asm/cpu.h>
#include <asm/trap.h>
#include <asm/vcpu.h>

#include <criterion/criterion.h>

extern struct fake_cpu {
    uint64_t cr[16], dr[8], tsc, xcr0;
    uint64_t msr_fs_base, msr_gs_base, msr_kernel_gs_base, msr_spec_ctrl, msr_pred_cmd;
    unsigned msr_writes;
    /* Microcode: the registers of platform and revision; what was written to Intel's and AMD's
     * loader, if they are there; the revision after that. */
    uint64_t msr_platform, msr_revision, loaded[2], revision_then;
    bool has_loader;
    uint64_t mcg_cap, mcg_status,
        bank[2][4];  /* machine checks: of a bank CTL, STATUS, ADDR, MISC */
    uint64_t invlpg; /* the page */
    unsigned
        tables_allow; /* the guest's tables allow what faults, and the CPU sees it at that try */
    unsigned swapgs, cr3_loads, in_hypervisor, cache_flushes;
    unsigned gdt_loads, gdt_tables; /* LGDT; loads of CR3 before the last */
} cpu;

/* What the code asked of other rooms since the test began. */
extern struct fake_calls {
    unsigned crashed, areas, pt_writes, looked_up;
} calls;

/* A guest with one vCPU, in its kernel, with handlers and callbacks; 2048 bytes of its stack. */
#define HANDLER(vector) (0x400000ul + (vector)*16)
#define CALLBACK(type)  (0x500000ul + (type)*16)
#define GUEST_STACK_END ((uint64_t)(guest_stack + 256))
extern uint64_t guest_stack[256];
extern struct vcpu vcpu;
extern struct domain guest;

/* Runs fn with all that set up, on the stack of a CPU, which is how the code finds it. */
void on_cpu(void (*fn)(void));
#define CPU_TEST(suite, name)                                                                      \
    static void suite##_##name##_on_cpu(void);                                                     \
    Test(suite, name)                                                                              \
    {                                                                                              \
        on_cpu(suite##_##name##_on_cpu);                                                           \
    }                                                                                              \
    static void suite##_##name##_on_cpu(void)

#endif
