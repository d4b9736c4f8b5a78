/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interleavings: runs a function and, after its n-th instruction, another one, as if another CPU
 * had done that at this moment.  A test goes through all n, so that no window between a look and an
 * act is missed; nothing is left to chance.  What happens meanwhile may wait for a lock that the
 * first one holds, if the fake machine calls step_wait where a CPU waits: then the first goes on
 * until it waits in turn or is done.  Where it does not: see step_lock_is_free.
 *
 * step_run counts traps, one an instruction, which some machines take 15 us for.  For operations of
 * more than a few hundred, step_record notes their instructions once, and step_at stops at the n-th
 * of them by a breakpoint.
 */
#ifndef UNIT_STEP_H
#define UNIT_STEP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <hv/lock.h>

#define STEP_TRAP_FLAG 0x100
#define STEP_REG_RIP   16 /* REG_RIP and REG_EFL, which <ucontext.h> shows to _GNU_SOURCE only */
#define STEP_REG_FLAGS 17
#define STEP_MAX       65536 /* instructions of an operation that is recorded */
#define STEP_INT3      0xCC

enum step_other { OTHER_NONE, OTHER_RUNS, OTHER_WAITS, OTHER_DONE };

static struct {
    unsigned long left;
    void (*meanwhile)(void);
    bool happened;
    unsigned waits; /* how often either waited for the other in this run */
    enum step_other other;
    ucontext_t first, second;
    char stack[1 << 18];
} step_state;

/* Told when the other CPU goes on from here, and when it is left again: for a fake machine that
 * keeps something by CPU.  May be NULL. */
static void (*step_switched)(void);

static void step_other_starts(void)
{
    step_state.meanwhile();
    step_state.other = OTHER_DONE;
}

/* To the other CPU, until it waits or is done. */
static void step_resume(void)
{
    step_state.other = OTHER_RUNS;
    if (step_switched)
        step_switched();
    swapcontext(&step_state.first, &step_state.second);
    if (step_switched)
        step_switched();
}

/* A CPU waits for what only the other one can do. */
static inline void step_wait(void)
{
    step_state.waits++;
    if (step_state.other == OTHER_RUNS) {
        step_state.other = OTHER_WAITS;
        swapcontext(&step_state.second, &step_state.first);
    } else if (step_state.other == OTHER_WAITS) {
        step_resume();
    } else {
        abort(); /* for ever */
    }
}

/* Called where the first one has come to its n-th instruction. */
static void step_arrived(void)
{
    step_state.happened = true;
    getcontext(&step_state.second);
    step_state.second.uc_stack.ss_sp = step_state.stack;
    step_state.second.uc_stack.ss_size = sizeof(step_state.stack);
    step_state.second.uc_link = &step_state.first;
    makecontext(&step_state.second, step_other_starts, 0);
    step_resume();
}

static void step_trap(int signal, siginfo_t *info, void *context)
{
    greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[STEP_REG_FLAGS];

    (void)signal, (void)info;
    if (step_state.left--)
        return;
    *flags &= ~STEP_TRAP_FLAG;
    step_arrived();
}

/* `trap`: STEP_TRAP_FLAG, for a trap after each instruction until one clears it, or 0. */
static __attribute__((noinline, unused)) void step_call(void (*run)(void), uint32_t trap)
{
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orl %0, (%%rsp); popfq; lea 128(%%rsp), %%rsp"
                     :
                     : "r"(trap)
                     : "memory", "cc");
    run();
    __asm__ volatile(
        "lea -128(%%rsp), %%rsp; pushfq; andl $~0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp"
        :
        :
        : "memory", "cc");
}

static void step_handle(void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

    sigaction(SIGTRAP, &action, NULL);
}

static bool step_do(void (*run)(void), void (*meanwhile)(void), uint32_t trap)
{
    step_state.meanwhile = meanwhile;
    step_state.happened = false;
    step_state.waits = 0;
    step_state.other = OTHER_NONE;
    step_call(run, trap);
    while (step_state.other == OTHER_WAITS)
        step_resume();
    return step_state.happened;
}

/* False: `run` ended before its n-th instruction, and `meanwhile` did not happen. */
static inline bool step_run(unsigned long n, void (*run)(void), void (*meanwhile)(void))
{
    step_handle(step_trap);
    step_state.left = n;
    return step_do(run, meanwhile, STEP_TRAP_FLAG);
}

/* The traps of one `run`: an instruction each, or a round of a repeated one. */
static inline unsigned long step_count(void (*run)(void))
{
    step_run(~0UL, run, NULL);
    return ~0UL - step_state.left;
}

/* The program's own instructions that were executed, but not the libraries'. */
static struct {
    unsigned long count;
    uint8_t *at[STEP_MAX];
    unsigned long passes; /* how often the one of the breakpoint is still to be passed */
    uint8_t *there, byte; /* the breakpoint, and what it stands for */
    bool passing;
} step_trace;
extern char __executable_start[], etext[];

static void step_note(int signal, siginfo_t *info, void *context)
{
    uint8_t *at = (uint8_t *)((ucontext_t *)context)->uc_mcontext.gregs[STEP_REG_RIP];

    (void)signal, (void)info;
    if (at < (uint8_t *)__executable_start || at >= (uint8_t *)etext)
        return;
    if (step_trace.count == STEP_MAX)
        abort();
    step_trace.at[step_trace.count++] = at;
}

/* Does `run` and notes its instructions; how many.  It must do the same ones again in step_at. */
static inline unsigned long step_record(void (*run)(void))
{
    const uintptr_t start = (uintptr_t)__executable_start & ~4095UL;

    step_trace.count = 0;
    step_handle(step_note);
    step_call(run, STEP_TRAP_FLAG);
    if (mprotect((void *)start, (uintptr_t)etext - start, PROT_READ | PROT_WRITE | PROT_EXEC))
        abort();
    return step_trace.count;
}

static void step_break(int signal, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)signal, (void)info;
    if (step_trace.passing) {
        step_trace.passing = false;
        regs[STEP_REG_FLAGS] &= ~STEP_TRAP_FLAG;
        *step_trace.there = STEP_INT3;
        return;
    }
    *step_trace.there = step_trace.byte;
    regs[STEP_REG_RIP]--;
    step_trace.passing = step_trace.passes-- != 0;
    if (step_trace.passing)
        regs[STEP_REG_FLAGS] |= STEP_TRAP_FLAG;
    else
        step_arrived();
}

/* As step_run, for what was recorded last. */
static inline bool step_at(unsigned long n, void (*run)(void), void (*meanwhile)(void))
{
    if (n >= step_trace.count)
        abort();
    step_trace.there = step_trace.at[n];
    step_trace.byte = *step_trace.there;
    step_trace.passes = 0;
    for (unsigned long i = 0; i < n; i++)
        step_trace.passes += step_trace.at[i] == step_trace.there;
    step_handle(step_break);
    *step_trace.there = STEP_INT3;
    step_do(run, meanwhile, 0);
    *step_trace.there = step_trace.byte;
    return step_state.happened;
}

static inline bool step_lock_is_free(const struct spinlock *l)
{
    return l->next == l->owner;
}

#endif
