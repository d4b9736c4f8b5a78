/* SPDX-License-Identifier: BSD-2-Clause */
/* Trap routing: hook first, then events, then the exception table; anything else is fatal. */
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/trap.h>
#include <xen/sched.h>

trap_hook_t *trap_hook;

extern const struct {
    uint64_t insn, fixup;
} ex_table_start[], ex_table_end[];

static bool fix_up(struct regs *r)
{
    for (__typeof__(&ex_table_start[0]) e = ex_table_start; e < ex_table_end; e++)
        if (e->insn == r->rip) {
            r->rip = e->fixup;
            r->rdi = TRAP_FAULT(r->vector, r->error);
            return true;
        }
    return false;
}

static void fatal(const struct regs *r)
{
    boot_printf("unhandled trap %u error %lx at %lx:%lx\n", (unsigned)r->vector, r->error,
                (uint64_t)r->cs, r->rip);
    boot_printf(" rflags %lx rsp %lx cr2 %lx rax %lx rbx %lx\n", r->rflags, r->rsp,
                boot_shared->vcpu_info[cpu_id()].arch.cr2, r->rax, r->rbx);
    boot_printf(" rcx %lx rdx %lx rsi %lx rdi %lx rbp %lx\n", r->rcx, r->rdx, r->rsi, r->rdi,
                r->rbp);
    boot_shutdown(SHUTDOWN_crash);
}

void trap_dispatch(struct regs *r)
{
    if (trap_hook && trap_hook(r))
        return;
    if (r->vector == TRAP_EVENT)
        evtchn_dispatch();
    else if (!fix_up(r))
        fatal(r);
}
