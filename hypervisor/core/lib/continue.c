/* SPDX-License-Identifier: BSD-2-Clause */
/* Continuations: how an operation of any room ends that is to go on later. */
#include <stdarg.h>

#include <hv/check.h>
#include <hv/hcall.h>

long hcall_continue(struct vcpu *cur, unsigned nr, unsigned nargs, ...)
{
    uint64_t args[6];
    va_list ap;

    CHECK(nargs <= ARRAY_SIZE(args));
    va_start(ap, nargs);
    for (unsigned i = 0; i < nargs; i++)
        args[i] = va_arg(ap, uint64_t);
    va_end(ap);
    if (!cur->in_multicall) {
        arch_restart_hypercall(cur, nr, args, nargs);
        return (long)nr;
    }
    cur->mc.op = nr;
    for (unsigned i = 0; i < nargs; i++)
        cur->mc.args[i] = args[i];
    cur->mc_preempted = true;
    return 0;
}
