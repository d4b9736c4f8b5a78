/* SPDX-License-Identifier: BSD-2-Clause */
/* The entry points of entry.S made known to the hypervisor. */
#include <front/boot.h>
#include <front/hcall.h>
#include <front/trap.h>

struct trap_info trap_table[34];
extern const char entry_traps[], entry_int80[];

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
