/* SPDX-License-Identifier: BSD-2-Clause */
/* Further vCPUs of a PV kernel. */
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/trap.h>
#include <front/vcpu.h>

long vcpu_start(unsigned id, void (*fn)(void *), void *arg, char *stack)
{
    static struct vcpu_guest_context c;
    long rc;

    *(unsigned *)stack = id; /* cpu_id() */
    memset(&c, 0, sizeof(c));
    c.flags = VGCF_in_kernel | VGCF_syscall_disables_events;
    c.user_regs.rip = U64(entry_vcpu);
    c.user_regs.rsp = U64(stack) + STACK_SIZE;
    c.user_regs.rdi = U64(fn);
    c.user_regs.rsi = U64(arg);
    c.user_regs.cs = FLAT_KERNEL_CS;
    c.user_regs.ss = FLAT_KERNEL_SS;
    c.kernel_ss = FLAT_KERNEL_SS;
    c.kernel_sp = U64(stack) + STACK_SIZE;
    for (const struct trap_info *t = trap_table; t->address; t++)
        c.trap_ctxt[t->vector] = *t;
    c.ctrlreg[0] = 0x80050033; /* PG AM WP NE ET MP PE, what every guest has */
    c.ctrlreg[3] = xen_pfn_to_cr3(boot_mfn((void *)boot_info->pt_base));
    c.event_callback_eip = U64(entry_event);
    c.failsafe_callback_eip = U64(entry_failsafe);
    c.syscall_callback_eip = U64(entry_syscall);
    boot_shared->vcpu_info[id].evtchn_upcall_mask = 1;
    rc = hc_vcpu_op(VCPUOP_initialise, id, &c);
    return rc ? rc : hc_vcpu_op(VCPUOP_up, id, NULL);
}
