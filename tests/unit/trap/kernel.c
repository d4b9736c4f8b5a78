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

/* The hardware's #DB comes behind an instruction that it executes; that of one done here is ours. */
CPU_TEST(emulate, single_steps_end_behind_the_instruction)
{
    static const char clts[] = "\x0f\x06";

    vcpu.arch.regs.rip = (uint64_t)clts;
    vcpu.arch.regs.rflags |= RFLAGS_TF | RFLAGS_RF;
    cr_expect(emulate_privileged(&vcpu));
    cr_expect_eq(vcpu.arch.regs.rip, HANDLER(TRAP_DB));
    cr_expect_eq(guest_stack[256 - 5], (uint64_t)clts + 2);
    cr_expect_eq(guest_stack[256 - 3] & (RFLAGS_TF | RFLAGS_RF), RFLAGS_TF, "RF is used up");
    cr_expect_eq(vcpu.arch.dr[6] & DR6_STATUS, DR6_BS);
}

static uint64_t ports_hit(unsigned port)
{
    static const char in[] = "\xec"; /* in %dx, %al */

    vcpu.arch.regs.rip = (uint64_t)in;
    vcpu.arch.regs.rdx = port;
    vcpu.arch.dr[6] = 0;
    cr_expect(emulate_privileged(&vcpu));
    cr_expect_eq(vcpu.arch.regs.rip, vcpu.arch.dr[6] ? HANDLER(TRAP_DB) : (uint64_t)in + 1);
    return vcpu.arch.dr[6];
}

CPU_TEST(emulate, breakpoints_on_ports)
{
    vcpu.arch.iopl = 1;
    vcpu.arch.cr4 = CR4_DE;
    vcpu.arch.dr[0] = vcpu.arch.dr[1] = vcpu.arch.dr[2] = 0x71;
    vcpu.arch.dr[3] = 0x2000;
    vcpu.arch.dr[7] = 1 | 1 << 16; /* dr0: writes to memory */
    vcpu.arch.dr[7] |= 1 << 2 | 2 << 20 | 2 << 4 | 0xe << 24 | 1 << 6 | 0x6u << 28;
    cr_expect_eq(ports_hit(0x71), 2 | 4, "one port, and four from 0x70 on");
    cr_expect_eq(ports_hit(0x70), 4);
    cr_expect_eq(ports_hit(0x73), 4);
    cr_expect_eq(ports_hit(0x6f), 0);
    cr_expect_eq(ports_hit(0x74), 0);
    cr_expect_eq(ports_hit(0x2001), 8);
    cr_expect_eq(ports_hit(0x2002), 0);
    vcpu.arch.cr4 = 0;
    cr_expect_eq(ports_hit(0x71), 0);
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
    vcpu.arch.cr4 = CR4_DE;
    cr_expect_eq(op_set_debugreg(&vcpu, 7, 1 | 2 << 16 | 1 << 2), 0, "with DE there may be one");
    cr_expect_eq(op_get_debugreg(&vcpu, 7), 1 | 2 << 16 | 1 << 2 | enabled);
    cr_expect_eq(cpu.dr[7], 1 << 2 | enabled, "but not in the hardware, which others use");
    cr_expect_eq(op_set_debugreg(&vcpu, 7, 1 | 2 << 16), 0);
    cr_expect_eq(cpu.dr[7], enabled);
    cr_expect_eq(op_set_debugreg(&vcpu, 8, 0), -XEN_ENODEV);
    cr_expect_eq(op_set_debugreg(&vcpu, ~0u, 0), -XEN_ENODEV);
}
