/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that touches the windows of its own descriptor tables. */
#include <asm/trap.h>
#include <asm/vcpu.h>

void window_fault(struct vcpu *v, uint64_t address, uint32_t error)
{
    uint64_t gdt = address - GDT_WINDOW(v->id), ldt = address - LDT_WINDOW(v->id);

    if (gdt < 16 * PAGE_SIZE) /* behind the limit of the guest's GDT */
        inject_trap(v, TRAP_GP, (uint32_t)gdt & 0xfff8);
    else if (ldt >= 16 * PAGE_SIZE)
        inject_page_fault(v, address, error);
    else if (!ldt_fault(v, address))
        inject_page_fault(v, v->ldt_base.a + ldt, error);
}
