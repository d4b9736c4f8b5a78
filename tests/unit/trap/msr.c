/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest sets against speculation is on while it runs, and not for the next. */
#include <asm/policy.h>
#include <asm/spec.h>

#include "cpu.h"

/* ---- a policy that has the registers, but no SSBD ---- */
unsigned policy_msr(const struct cpu_policy *p, uint32_t msr, bool privileged)
{
    (void)p, (void)privileged;
    return msr == MSR_PRED_CMD ? MSR_WRITE : MSR_READ | MSR_WRITE;
}
uint32_t policy_spec_ctrl(const struct cpu_policy *p)
{
    (void)p;
    return SPEC_CTRL_IBRS | SPEC_CTRL_STIBP;
}

CPU_TEST(msr, speculation_control_is_the_guests_as_far_as_its_policy_goes)
{
    uint64_t val;

    cr_expect(guest_wrmsr(&vcpu, MSR_SPEC_CTRL, SPEC_CTRL_STIBP));
    cr_expect(cpu.msr_spec_ctrl == SPEC_CTRL_STIBP && guest_rdmsr(&vcpu, MSR_SPEC_CTRL, &val) &&
              val == SPEC_CTRL_STIBP);
    for (unsigned bit = 2; bit < 64; bit++)
        cr_expect(!guest_wrmsr(&vcpu, MSR_SPEC_CTRL, 1UL << bit | SPEC_CTRL_IBRS), "bit %u", bit);
    cr_expect(cpu.msr_spec_ctrl == SPEC_CTRL_STIBP && vcpu.arch.spec_ctrl == SPEC_CTRL_STIBP);
}

CPU_TEST(msr, speculation_control_goes_with_its_vcpu)
{
    static struct vcpu other;

    other.domain = &guest;
    cr_assert(guest_msr_store(&vcpu, MSR_SPEC_CTRL, SPEC_CTRL_IBRS));
    cr_expect_eq(cpu.msr_writes, 0, "it need not run");
    spec_switch_to(&vcpu);
    cr_expect_eq(cpu.msr_spec_ctrl, SPEC_CTRL_IBRS);
    spec_switch_to(&vcpu);
    cr_expect_eq(cpu.msr_writes, 1);
    spec_switch_to(&other);
    cr_expect_eq(cpu.msr_spec_ctrl, 0);
}

CPU_TEST(msr, barriers_are_asked_for_one_by_one)
{
    cr_expect(guest_wrmsr(&vcpu, MSR_PRED_CMD, 0) && cpu.msr_writes == 0);
    cr_expect(guest_wrmsr(&vcpu, MSR_PRED_CMD, 1) && cpu.msr_pred_cmd == 1);
    for (unsigned bit = 1; bit < 64; bit++)
        cr_expect(!guest_wrmsr(&vcpu, MSR_PRED_CMD, 1UL << bit), "bit %u", bit);
    cr_expect_eq(cpu.msr_writes, 1);
}
