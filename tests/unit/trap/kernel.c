/* SPDX-License-Identifier: BSD-2-Clause */
/* Privileged instructions of a guest's kernel, and the hypercalls about its machine state. */
#include <string.h>

#include "cpu.h"

static bool run(const char *code, size_t n)
{
    static uint8_t text[32];

    memset(text, 0x90, sizeof(text));
    memcpy(text, code, n);
    vcpu.arch.regs.rip = (uint64_t)text;
    const bool done = emulate_privileged(&vcpu);
    if (done)
        cr_expect_eq(vcpu.arch.regs.rip, (uint64_t)text + n);
    else
        cr_expect_eq(vcpu.arch.regs.rip, (uint64_t)text);
    return done;
}
#define RUN(code) run(code, sizeof(code) - 1)
#define TO_CR0    "\x0f\x22\xc0"
#define FROM_CR0  "\x0f\x20\xc0"

CPU_TEST(emulate, of_cr0_only_ts_changes)
{
    vcpu.arch.cr0 = 0x80050033;
    cr_expect(RUN(FROM_CR0));
    cr_expect_eq(vcpu.arch.regs.rax, 0x80050033);
    vcpu.arch.regs.rax |= CR0_TS;
    cr_expect(RUN(TO_CR0));
    cr_expect(vcpu.arch.fpu_ts && cpu.cr[0] & CR0_TS);
    cr_expect(RUN("\x0f\x06"), "clts");
    cr_expect(!vcpu.arch.fpu_ts && !(cpu.cr[0] & CR0_TS));
    static const uint64_t others[] = {CR0_PE, CR0_MP, 4,       CR0_ET,  CR0_NE,
                                      CR0_WP, CR0_AM, 1 << 29, 1 << 30, CR0_PG};
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
        vcpu.arch.regs.rax = 0x80050033 ^ others[i];
        cr_expect(!RUN(TO_CR0), "bit %lx", others[i]);
    }
}

CPU_TEST(emulate, none_with_a_lock_prefix_or_from_a_process)
{
    vcpu.arch.regs.rax = vcpu.arch.cr0 = 0x80050033;
    cr_expect(RUN(TO_CR0));
    cr_expect(!RUN("\xf0" TO_CR0));
    cr_expect(!RUN("\xf0\x0f\x06"));
    vcpu.in_user = true;
    cr_expect(!RUN(TO_CR0));
    cr_expect(!RUN("\x0f\x06"));
}

CPU_TEST(segments, only_canonical_bases)
{
    static const unsigned which[] = {SEGBASE_FS, SEGBASE_GS_USER, SEGBASE_GS_KERNEL};
    static const uint64_t bad[] = {1ul << 47, 1ul << 63, 0xfffful << 48};

    for (unsigned i = 0; i < ARRAY_SIZE(which); i++) {
        cr_expect_eq(op_set_segment_base(&vcpu, which[i], 0x1000), 0);
        for (unsigned k = 0; k < ARRAY_SIZE(bad); k++)
            cr_expect_eq(op_set_segment_base(&vcpu, which[i], bad[k]), -XEN_EINVAL);
    }
    cr_expect(cpu.msr_fs_base == 0x1000 && cpu.msr_gs_base == 0x1000 &&
              cpu.msr_kernel_gs_base == 0x1000);
    cr_expect_eq(op_set_segment_base(&vcpu, 9, 0), -XEN_EINVAL);
}

CPU_TEST(debug, what_a_guest_may_have)
{
    const uint64_t status = 0xffff0ff0, enabled = 0x400;

    cr_expect_eq(op_set_debugreg(&vcpu, 0, 0x1000), 0);
    cr_expect_eq(op_get_debugreg(&vcpu, 0), 0x1000);
    cr_expect_eq(op_set_debugreg(&vcpu, 1, HV_VIRT_START), -XEN_EPERM);
    cr_expect_eq(op_set_debugreg(&vcpu, 1, HV_VIRT_START - 7), -XEN_EPERM, "8 bytes reach it");
    cr_expect_eq(op_set_debugreg(&vcpu, 1, HV_VIRT_END - 1), -XEN_EPERM);
    cr_expect_eq(op_set_debugreg(&vcpu, 1, 1ul << 47), -XEN_EPERM, "not canonical");
    cr_expect_eq(op_set_debugreg(&vcpu, 6, ~0ul), 0);
    cr_expect_eq(vcpu.arch.dr[6], status | 0xe00f);
    cr_expect_eq(op_set_debugreg(&vcpu, 7, 1), 0);
    cr_expect_eq(vcpu.arch.dr[7], enabled | 1);
    cr_expect_eq(op_set_debugreg(&vcpu, 7, 1ul << 13), -XEN_EPERM, "GD would trap the hypervisor");
    cr_expect_eq(op_set_debugreg(&vcpu, 7, 1ul << 32), -XEN_EPERM);
    cr_expect_eq(op_set_debugreg(&vcpu, 7, 1 | 2 << 16), -XEN_EPERM, "a breakpoint on ports");
    cr_expect_eq(op_set_debugreg(&vcpu, 7, 2 << 16), 0, "that is not armed");
    cr_expect_eq(op_set_debugreg(&vcpu, 8, 0), -XEN_ENODEV);
    cr_expect_eq(op_set_debugreg(&vcpu, ~0u, 0), -XEN_ENODEV);
}
