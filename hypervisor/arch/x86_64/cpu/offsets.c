/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiled to assembler; the Makefile turns each "#=>" line into a #define for entry.S. */
#include <hv/budget.h>
#include <hv/domain.h>
#include <hv/hcall.h>
#include <hv/check.h>
#include <xen/callback.h>
#include <asm/cpu.h>

#define DEFINE(name, value) __asm__ volatile("\n#=> " #name " %c0" ::"i"(value))

STATIC_CHECK(offsetof(struct regs, rbp) == R_RBP && offsetof(struct regs, r8) == R_R8 &&
                 offsetof(struct regs, rdx) == R_RDX && offsetof(struct regs, rdi) == R_RDX + 16 &&
                 offsetof(struct regs, rax) == R_RAX && offsetof(struct regs, vector) == R_VECTOR &&
                 offsetof(struct regs, cs) == R_CS && sizeof(struct regs) == R_SIZE,
             "asm/regs.h matches struct regs");
STATIC_CHECK(offsetof(struct vcpu, arch.regs) % 16 == 0 && R_SIZE % 16 == 0,
             "the CPU aligns the stack to 16 bytes before it pushes a frame");
STATIC_CHECK(offsetof(vcpu_info_t, evtchn_upcall_pending) == 0, "exit_to_guest compares byte 0");

static __attribute__((used)) void offsets(void)
{
    DEFINE(HCALL_IRET, __HYPERVISOR_iret);
    DEFINE(IRET_IN_SYSCALL, VGCF_in_syscall);
    DEFINE(ASSIST_IOPL, 1UL << VMASST_TYPE_architectural_iopl);
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
    DEFINE(VCPU_DOMAIN, offsetof(struct vcpu, domain));
    DEFINE(DOMAIN_ASSIST, offsetof(struct domain, vm_assist));
    DEFINE(VCPU_USER_BASE, offsetof(struct vcpu, user_cr3));
    DEFINE(VCPU_KERNEL_ROOT, offsetof(struct vcpu, root[0]));
    DEFINE(VCPU_USER_ROOT, offsetof(struct vcpu, root[1]));
    DEFINE(VCPU_AREAS_STALE, offsetof(struct vcpu, sched.areas_stale));
    DEFINE(VCPU_KERNEL_SP, offsetof(struct vcpu, arch.kernel_sp));
    DEFINE(VCPU_SYSCALL, offsetof(struct vcpu, arch.callback[CALLBACKTYPE_syscall]));
    DEFINE(VCPU_CB_MASKS, offsetof(struct vcpu, arch.cb_masks));
    DEFINE(MASK_SYSCALL, 1 << CALLBACKTYPE_syscall);
    DEFINE(PCPU_SIZE, sizeof(struct pcpu));
    DEFINE(PCPU_BUDGET, offsetof(struct pcpu, budget.left));
    DEFINE(BUDGET_FULL, BUDGET_TURN);
    DEFINE(PCPU_SPEC_CTRL, offsetof(struct pcpu, spec_ctrl));
    DEFINE(PCPU_STUB, offsetof(struct pcpu, stub));
    DEFINE(STUB_SCRATCH, offsetof(struct stub_data, scratch));
    DEFINE(STUB_REGS_END, offsetof(struct stub_data, regs_end));
    DEFINE(STUB_FULL_TABLE, offsetof(struct stub_data, full_cr3));
    DEFINE(STUB_GUEST_TABLE, offsetof(struct stub_data, guest_cr3));
    DEFINE(STUB_LANDING, offsetof(struct stub_data, landing[0].stack));
    DEFINE(PCPU_CURRENT, offsetof(struct pcpu, current));
}
