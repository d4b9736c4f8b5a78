/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiled to assembler; the Makefile turns each "#=>" line into a #define for entry.S. */
#include <hv/budget.h>
#include <hv/domain.h>
#include <hv/hcall.h>
#include <hv/check.h>
#include <asm/cpu.h>

#define DEFINE(name, value) __asm__ volatile("\n#=> " #name " %c0" ::"i"(value))

STATIC_CHECK(offsetof(struct regs, rax) == R_RAX && offsetof(struct regs, vector) == R_VECTOR &&
                 offsetof(struct regs, cs) == R_CS && sizeof(struct regs) == R_SIZE,
             "asm/regs.h matches struct regs");
STATIC_CHECK(offsetof(struct vcpu, arch.regs) % 16 == 0 && R_SIZE % 16 == 0,
             "the CPU aligns the stack to 16 bytes before it pushes a frame");
STATIC_CHECK(offsetof(vcpu_info_t, evtchn_upcall_pending) == 0, "exit_to_guest compares byte 0");

static __attribute__((used)) void offsets(void)
{
    DEFINE(HCALL_LIMIT, HCALL_MAX);
    DEFINE(MSR_SPEC_CTRL, MSR_SPEC_CTRL);
    DEFINE(MSR_PRED_CMD, MSR_PRED_CMD);
    DEFINE(VCPU_REGS, offsetof(struct vcpu, arch.regs));
    DEFINE(VCPU_STACK, offsetof(struct vcpu, arch.stack));
    DEFINE(VCPU_TABLE, offsetof(struct vcpu, arch.hcall_table));
    DEFINE(VCPU_IN_USER, offsetof(struct vcpu, in_user));
    DEFINE(VCPU_WORK, offsetof(struct vcpu, work));
    DEFINE(WORK_RESCHED, VCPU_WORK_RESCHED);
    DEFINE(VCPU_INFO, offsetof(struct vcpu, info));
    DEFINE(PCPU_SIZE, sizeof(struct pcpu));
    DEFINE(PCPU_BUDGET, offsetof(struct pcpu, budget.left));
    DEFINE(BUDGET_FULL, BUDGET_TURN);
    DEFINE(PCPU_CURRENT, offsetof(struct pcpu, current));
}
