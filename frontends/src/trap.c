/* SPDX-License-Identifier: BSD-2-Clause */
/* Trap routing: hook first, then events, then the exception table; anything else is fatal. */
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/trap.h>

trap_hook_t *trap_hook;
struct trap_info trap_table[34];

extern const char entry_traps[], entry_int80[];
extern const struct {
    uint64_t insn, fixup;
} ex_table_start[], ex_table_end[];

void trap_init_callbacks(void)
{
    struct callback_register cb[] = {
        {.type = CALLBACKTYPE_event, .address = U64(entry_event)},
        {.type = CALLBACKTYPE_failsafe, .address = U64(entry_failsafe)},
        {.type = CALLBACKTYPE_syscall,
         .flags = CALLBACKF_mask_events,
         .address = U64(entry_syscall)},
    };

    for (unsigned i = 0; i < array_size(cb); i++)
        if (hc_callback_op(CALLBACKOP_register, &cb[i]))
            boot_printf("callback %u refused\n", cb[i].type);
}

void trap_init(void)
{
    unsigned n = 0;

    /* Only #BP and #OF may be raised by user code (DPL 3); page faults keep events masked so that
     * nothing can overwrite cr2 before it is read. */
    for (unsigned v = 0; v < 20; v++) {
        if (v == 2 || v == 9 || v == 15)
            continue;
        trap_table[n].vector = (uint8_t)v;
        trap_table[n].flags = (v == TRAP_BP || v == TRAP_OF) ? 3 : 0;
        if (v == TRAP_PF)
            TI_SET_IF(&trap_table[n], 1);
        trap_table[n].cs = FLAT_KERNEL_CS;
        trap_table[n++].address = U64(entry_traps) + 16 * v;
    }
    trap_table[n].vector = TRAP_INT80;
    trap_table[n].flags = 3;
    trap_table[n].cs = FLAT_KERNEL_CS;
    trap_table[n].address = U64(entry_int80);
    hc_set_trap_table(trap_table);
    trap_init_callbacks();
}

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
