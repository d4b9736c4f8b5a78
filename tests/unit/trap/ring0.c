/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions that guests or the machine send into the hypervisor: #DB and #MC in ring 0. */
#include <asm/mce.h>

#include "cpu.h"

#define UNCORRECTED (MC_VALID | 1ul << 61 | 1ul << 60)
#define OVER        (1ul << 62)
#define OPTIONAL    (1ul << 56) /* S without AR: nothing was consumed */

/* As a CPU writes it: an error in a bank that is full is lost, which the bank says. */
static void error_in(unsigned bank, uint64_t status)
{
    uint64_t *s = &cpu.bank[bank][1];

    *s = status | (*s & MC_VALID ? OVER : 0);
    cpu.mcg_status = 5; /* under way; what ran can be gone back to */
}

static void in_hypervisor(unsigned vector, struct regs *r)
{
    *r = (struct regs){.vector = vector, .rflags = 0x102};
    hypervisor_trap(r);
}

CPU_TEST(ring0, machine_checks_that_cost_nothing_leave_nothing)
{
    struct regs r;

    cpu.mcg_cap = 2 | 1 << 24; /* two banks, recovery */
    for (unsigned i = 0; i < 3; i++) {
        error_in(1, UNCORRECTED | OPTIONAL);
        in_hypervisor(TRAP_MC, &r);
        cr_expect_eq(cpu.mcg_status, 0, "the next one is let in");
        cr_expect_eq(cpu.bank[1][1], 0, "and finds its bank empty");
        cr_expect_eq(r.rflags, 0x102);
    }
    error_in(0, UNCORRECTED | OPTIONAL);
    mce_handle(&vcpu);
    cr_expect_eq(cpu.bank[0][1], 0, "in a guest, too");
    cr_expect_eq(calls.crashed, 0);
}

static void full_bank(void)
{
    cpu.mcg_cap = 2 | 1 << 24;
    error_in(1, UNCORRECTED | OPTIONAL);
    error_in(1, UNCORRECTED | OPTIONAL);
    mce_handle(&vcpu);
}

Test(ring0, an_error_over_another_ends_all, .exit_code = 3)
{
    on_cpu(full_bank);
}

CPU_TEST(ring0, breakpoints_are_nobodys)
{
    const struct regs before = vcpu.arch.regs;
    struct regs r;

    cpu.dr[6] = 0xffff4ff3; /* dr0, dr1, a single step */
    vcpu.arch.dr[6] = 0xffff0ff0;
    in_hypervisor(TRAP_DB, &r);
    cr_expect_eq(cpu.dr[6], 0xffff0ff0, "no status for the next one");
    cr_expect_eq(r.rflags, 2, "no further step");
    cr_expect_eq(vcpu.arch.dr[6], 0xffff0ff0);
    cr_expect_arr_eq(&vcpu.arch.regs, &before, sizeof(before), "no bounce");
}
