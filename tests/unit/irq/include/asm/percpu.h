/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the per-CPU blocks: what dispatch looks at. */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <stdbool.h>

struct pcpu {
    struct vcpu *current;
    bool in_window;
};
extern struct pcpu fake_pcpu;
static inline struct pcpu *this_pcpu(void)
{
    return &fake_pcpu;
}
void tlb_serve(struct pcpu *p);

#endif
