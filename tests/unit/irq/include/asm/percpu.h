/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the per-CPU blocks: dispatch only hands one on. */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

struct pcpu;
static inline struct pcpu *this_pcpu(void)
{
    return 0;
}
void tlb_serve(struct pcpu *p);

#endif
