/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xpti=: guests run on tables without the hypervisor's data, as Meltdown reads what CR3 maps
 * whatever its supervisor bit says.  What a guest's table shows of slots 256..271, and nothing else
 * is:
 *   the M2P, for a guest's kernel;  slot 260, its own descriptors;  the image's text;  the IDT;
 *   of this CPU the stub's page and struct stub_data
 * X-1  C code runs on the guest's own table (v->cr3, v->user_cr3) or hv_l4, never on a copy.  Only
 *      trap/xpti.S and the stub load CR3 with one or run on one.
 * X-2  A CPU has a copy for each of the two modes; when it is too old is said in hv/l4copy.h.
 * X-3  No translation of the hypervisor's is global then (CR4.PGE is off): loading CR3 forgets all,
 *      or with PCID all of its tag (asm/pcid.h).
 * X-4  Another domain's registers are out of struct stub_data before a guest runs.
 */
#ifndef ASM_XPTI_H
#define ASM_XPTI_H

#include <asm/percpu.h>

/* Is any guest isolated?  Decided by spec_init(); dom0 and domU differ by xpti_init(). */
extern bool xpti_isolates[2]; /* guests, the control domain */
static inline bool xpti_on(void)
{
    return xpti_isolates[0] || xpti_isolates[1];
}
/* p's stub pages and blocks are mapped; idt: the page that LIDT names.  Fills TSS and landings. */
void xpti_init_cpu(struct pcpu *p, const void *idt);
/* Just before the exit to p->current's guest, which CR3 is: decides on what it runs. */
void xpti_prepare(void);
/* The same where there is PCID: what CR3 gets has its tag. */
void xpti_prepare_tagged(void);

#endif
