/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivery into a guest, and its returns. */
#include <string.h>

#include "cpu.h"

/* The frame at the guest's stack pointer: rcx r11 [error] rip cs rflags rsp ss. */
struct frame_words {
    uint64_t rcx, r11, rip, cs, rflags, rsp, ss;
};
static struct frame_words pushed(bool with_error, uint64_t *error)
{
    const uint64_t *w = (const uint64_t *)vcpu.arch.regs.rsp;

    *error = with_error ? w[2] : 0;
    const uint64_t *rest = w + 2 + with_error;
    return (struct frame_words){w[0], w[1], rest[0], rest[1], rest[2], rest[3], rest[4]};
}

CPU_TEST(bounce, frame_of_the_kernel)
{
    uint64_t error;

    vcpu.arch.regs.rcx = 7;
    vcpu.arch.regs.r11 = 8;
    inject_trap(&vcpu, TRAP_GP, 0x55);
    struct frame_words f = pushed(true, &error);
    cr_expect_eq(error, 0x55);
    cr_expect(f.rcx == 7 && f.r11 == 8 && f.rip == 0x1234 && f.ss == GUEST_SS);
    cr_expect_eq(f.cs, GUEST_CS64 & ~3, "the guest's kernel sees itself in ring 0");
    cr_expect_eq(f.rflags, RFLAGS_IF | 2);
    cr_expect_eq(f.rsp, GUEST_STACK_END);
    cr_expect_eq(vcpu.arch.regs.rsp, GUEST_STACK_END - 8 * 8);
    cr_expect_eq(vcpu.arch.regs.rip, HANDLER(TRAP_GP));
    cr_expect_eq(vcpu.arch.regs.cs, GUEST_CS64);
    cr_expect_eq(vcpu.arch.regs.vector, VECTOR_SYSCALL);
}

/* What the interrupted code chose for itself does not go on in the handler. */
CPU_TEST(bounce, flags_end_at_the_handler)
{
    uint64_t error;
    const uint64_t own = RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM | RFLAGS_AC;

    vcpu.in_user = true;
    vcpu.arch.regs.rflags |= own;
    inject_trap(&vcpu, TRAP_UD, 0);
    cr_expect_eq(pushed(false, &error).rflags & own, own, "the handler is told");
    cr_expect_eq(vcpu.arch.regs.rflags & own, 0);
    cr_expect(vcpu.arch.regs.rflags & RFLAGS_IF);
}

CPU_TEST(bounce, page_faults_say_whose_they_are)
{
    uint64_t error;

    inject_page_fault(&vcpu, 0x7777, PF_WRITE | PF_USER);
    (void)pushed(true, &error);
    cr_expect_eq(error, PF_WRITE, "the kernel runs in ring 3, too");
    cr_expect_eq(vcpu.info->arch.cr2, 0x7777);
    vcpu.in_user = true;
    inject_page_fault(&vcpu, 0x7777, PF_WRITE);
    (void)pushed(true, &error);
    cr_expect_eq(error, PF_WRITE | PF_USER);
    cr_expect(!vcpu.in_user && cpu.swapgs == 1 && cpu.cr[3] == 0x11 << PAGE_SHIFT);
}

CPU_TEST(bounce, events_are_masked_at_the_handler)
{
    uint64_t error;

    deliver_event(&vcpu);
    cr_expect_eq(vcpu.arch.regs.rip, CALLBACK(CALLBACKTYPE_event));
    cr_expect_eq(vcpu.info->evtchn_upcall_mask, 1,
                 "or it comes again before its first instruction");
    cr_expect_eq(pushed(false, &error).cs >> 32, 0, "the mask that was");
    inject_trap(&vcpu, TRAP_UD, 0);
    cr_expect_eq(pushed(false, &error).cs >> 32, 1);
    cr_expect_eq(pushed(false, &error).rflags & RFLAGS_IF, 0);
    vcpu.info->evtchn_upcall_mask = 0;
    inject_trap(&vcpu, TRAP_UD, 0);
    cr_expect_eq(vcpu.info->evtchn_upcall_mask, 0, "its gate does not ask for it");
    vcpu.arch.traps[TRAP_UD].flags = 4;
    inject_trap(&vcpu, TRAP_UD, 0);
    cr_expect_eq(vcpu.info->evtchn_upcall_mask, 1);
}

/* Areas of the run state lie in the kernel's address space. */
CPU_TEST(bounce, stale_areas_wait_for_the_kernel)
{
    vcpu.sched.areas_stale = true;
    toggle_mode(&vcpu);
    cr_expect(vcpu.in_user && cpu.cr[3] == 0x22 << PAGE_SHIFT && calls.areas == 0);
    toggle_mode(&vcpu);
    cr_expect(!vcpu.in_user && cpu.cr[3] == 0x11 << PAGE_SHIFT && calls.areas == 1);
    cr_expect_eq(cpu.swapgs, 2);
}

/* A frame is written to the guest's own memory or not at all: on_cpu() sees what else is touched. */
CPU_TEST(bounce, no_frame_goes_to_the_hypervisors_memory)
{
    static const uint64_t stacks[] = {HV_VIRT_START + 8, HV_VIRT_START + PAGE_SIZE,
                                      HV_VIRT_END - 64,  HV_VIRT_END,
                                      HV_VIRT_END + 32,  1UL << 47};

    for (unsigned i = 0; i < ARRAY_SIZE(stacks); i++) {
        calls.crashed = 0;
        vcpu.in_user = true;
        vcpu.arch.kernel_sp = stacks[i];
        inject_trap(&vcpu, TRAP_UD, 0);
        cr_expect_eq(calls.crashed, 1, "%lx", stacks[i]);
        calls.crashed = 0;
        vcpu.in_user = true;
        deliver_failsafe(&vcpu);
        cr_expect_eq(calls.crashed, 1, "failsafe, %lx", stacks[i]);
    }
}

/* B-2: #GP in its place, #DF, the failsafe callback, and only then the end. */
CPU_TEST(bounce, without_a_handler)
{
    uint64_t error;

    vcpu.arch.traps[0x80].address = 0;
    inject_software(&vcpu, 0x80, 2);
    cr_expect_eq(vcpu.arch.regs.rip, HANDLER(TRAP_GP));
    cr_expect_eq(pushed(true, &error).rip, 0x1232, "a fault, at the instruction");
    cr_expect_eq(error, 0x80 << 3 | ERROR_IDT);
    vcpu.arch.traps[TRAP_GP].address = 0;
    inject_software(&vcpu, 0x80, 2);
    cr_expect_eq(vcpu.arch.regs.rip, HANDLER(TRAP_DF));
    vcpu.arch.traps[TRAP_DF].address = 0;
    inject_software(&vcpu, 0x80, 2);
    cr_expect_eq(vcpu.arch.regs.rip, CALLBACK(CALLBACKTYPE_failsafe));
    cr_expect_eq(calls.crashed, 0);
    vcpu.arch.callback[CALLBACKTYPE_failsafe] = 0;
    inject_trap(&vcpu, TRAP_GP, 0);
    cr_expect_eq(calls.crashed, 1);
}

CPU_TEST(bounce, a_stack_that_takes_no_frame_ends_the_domain)
{
    vcpu.arch.regs.rsp = 0x100; /* nothing is mapped there */
    inject_trap(&vcpu, TRAP_UD, 0);
    cr_expect_eq(calls.crashed, 1);
    vcpu.arch.regs.rsp = HV_VIRT_START + 0x10000;
    inject_trap(&vcpu, TRAP_UD, 0);
    cr_expect_eq(calls.crashed, 2);
    cr_expect_eq(vcpu.arch.regs.rip, 0x1234);
}

static struct iret_context *iret_frame(uint64_t cs, uint64_t flags, uint64_t rflags)
{
    struct iret_context *c = (void *)(GUEST_STACK_END - sizeof(*c));

    *c = (struct iret_context){.rax = 1,
                               .r11 = 2,
                               .rcx = 3,
                               .flags = flags,
                               .rip = 0x4321,
                               .cs = cs,
                               .rflags = rflags,
                               .rsp = 0x8888,
                               .ss = GUEST_SS};
    vcpu.arch.regs.rsp = (uint64_t)c;
    vcpu.arch.regs.vector = VECTOR_SYSCALL;
    return c;
}

/* Whatever the frame says the guest goes on in ring 3, with interrupts on and no privilege for
 * ports. */
CPU_TEST(iret, what_a_frame_cannot_say)
{
    const struct regs *r = &vcpu.arch.regs;

    iret_frame(GUEST_CS64 & ~3ul, 0, RFLAGS_IOPL | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP | RFLAGS_TF);
    cr_expect_eq(op_iret(&vcpu), 1);
    cr_expect_eq(vcpu.mc_end, MC_LEFT, "a multicall ends here");
    cr_expect(r->rip == 0x4321 && r->rsp == 0x8888 && r->r11 == 2 && r->rcx == 3 && !r->vector);
    cr_expect_eq(r->cs, GUEST_CS64);
    cr_expect_eq(r->ss, GUEST_SS);
    cr_expect_eq(r->rflags, RFLAGS_IF | RFLAGS_TF);
    cr_expect(!vcpu.in_user, "RPL 0 is its own kernel");
    cr_expect_eq(vcpu.info->evtchn_upcall_mask, 1, "IF 0 masks events instead");
}

CPU_TEST(iret, to_a_process)
{
    iret_frame(GUEST_CS64, 0, RFLAGS_IF);
    op_iret(&vcpu);
    cr_expect(vcpu.in_user && cpu.cr[3] == 0x22 << PAGE_SHIFT && cpu.swapgs == 1);
    cr_expect_eq(vcpu.info->evtchn_upcall_mask, 0);
    vcpu.in_user = false;
    vcpu.user_cr3 = MFN_INVALID;
    iret_frame(GUEST_CS64, 0, RFLAGS_IF);
    op_iret(&vcpu);
    cr_expect(!vcpu.in_user && calls.crashed == 1, "there are no tables for it");
}

/* SYSRET loads one code segment, and rip and rflags from rcx and r11. */
CPU_TEST(iret, only_what_sysret_can_do_leaves_by_it)
{
    const struct regs *r = &vcpu.arch.regs;

    iret_frame(GUEST_CS64, VGCF_in_syscall, RFLAGS_IF);
    op_iret(&vcpu);
    cr_expect_eq(r->vector, VECTOR_SYSCALL);
    vcpu.in_user = false;
    iret_frame(GUEST_CS32, VGCF_in_syscall, RFLAGS_IF);
    op_iret(&vcpu);
    cr_expect_eq(r->vector, 0);
    cr_expect_eq(r->cs, GUEST_CS32);
    cr_expect(r->rcx == 0x4321 && r->r11 == RFLAGS_IF);
}

CPU_TEST(iret, an_unreadable_frame_ends_the_domain)
{
    vcpu.arch.regs.rsp = 0x100;
    op_iret(&vcpu);
    cr_expect(calls.crashed == 1 && !vcpu.in_user);
}
