/* SPDX-License-Identifier: BSD-2-Clause */
/* Continuations: how an operation of any room ends that is to go on later. */
#include <hv/check.h>
#include <hv/hcall.h>

long hcall_restart(struct vcpu *cur, unsigned nr, const uint64_t *args, unsigned nargs)
{
    if (!cur->in_multicall) {
        arch_restart_hypercall(cur, nr, args, nargs);
        return (long)nr;
    }
    cur->mc.op = nr;
    for (unsigned i = 0; i < nargs; i++)
        cur->mc.args[i] = args[i];
    cur->mc_end = MC_PREEMPTED;
    return 0;
}
