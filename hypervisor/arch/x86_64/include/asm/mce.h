/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine checks: what a set of bank registers says (cpu/mc_verdict.c), and what is done about it
 * (cpu/mce.c). */
#ifndef ASM_MCE_H
#define ASM_MCE_H

#include <hv/types.h>

/* IA32_MCi_STATUS, _ADDR and _MISC (Intel SDM 3B 16.3.2). */
struct mc_bank {
    uint64_t status, addr, misc;
};
#define MC_VALID (1UL << 63)

enum mc_verdict {
    MC_NOTHING, /* what ran goes on: no error, a corrected one, or one in memory that nobody has
                   used */
    MC_POISON,  /* what ran has used the memory at *paddr, which is lost, and cannot go on */
    MC_FATAL,   /* no more can be trusted on this machine */
};
/* mcg_status: IA32_MCG_STATUS; recovery: MCG_CAP.SER_P.  Anything not known to be harmless is
 * fatal. */
enum mc_verdict mc_judge(uint64_t mcg_status, bool recovery, const struct mc_bank *banks,
                         unsigned count, paddr_t *paddr);

/* On each CPU: all errors are reported from now on; with CR4.MCE a machine check is an exception.
 * False: it has none. */
bool mce_init_cpu(void);
/* The exception.  v: the guest that ran, NULL in the hypervisor.  Returns if it, or its scheduler,
 * may go on; true: without what its instruction was to read. */
bool mce_handle(struct vcpu *v);

#endif
