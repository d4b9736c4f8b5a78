/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interleavings: runs a function and, after its n-th instruction, another one, as if another CPU
 * had done that at this moment.  A test goes through all n, so that no window between a look and an
 * act is missed; nothing is left to chance.  What happens meanwhile must not wait for a lock that
 * the first one may hold: see step_lock_is_free.
 */
#ifndef UNIT_STEP_H
#define UNIT_STEP_H

#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

#include <hv/lock.h>

#define STEP_TRAP_FLAG 0x100
#define STEP_REG_FLAGS 17 /* REG_EFL, which <ucontext.h> shows to _GNU_SOURCE only */

static struct {
    unsigned long left;
    void (*meanwhile)(void);
    bool happened;
} step_state;

static void step_trap(int signal, siginfo_t *info, void *context)
{
    greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[STEP_REG_FLAGS];

    (void)signal, (void)info;
    if (step_state.left--)
        return;
    *flags &= ~STEP_TRAP_FLAG;
    step_state.happened = true;
    step_state.meanwhile();
}

/* False: `run` ended before its n-th instruction, and `meanwhile` did not happen. */
static inline bool step_run(unsigned long n, void (*run)(void), void (*meanwhile)(void))
{
    struct sigaction action = {.sa_sigaction = step_trap, .sa_flags = SA_SIGINFO};

    step_state.left = n;
    step_state.meanwhile = meanwhile;
    step_state.happened = false;
    sigaction(SIGTRAP, &action, NULL);
    __asm__ volatile(
        "lea -128(%%rsp), %%rsp; pushfq; orl $0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp"
        :
        :
        : "memory", "cc");
    run();
    __asm__ volatile(
        "lea -128(%%rsp), %%rsp; pushfq; andl $~0x100, (%%rsp); popfq; lea 128(%%rsp), "
        "%%rsp"
        :
        :
        : "memory", "cc");
    return step_state.happened;
}

static inline bool step_lock_is_free(const struct spinlock *l)
{
    return l->next == l->owner;
}

#endif
