/* SPDX-License-Identifier: BSD-2-Clause */
/* See meter.h. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <hv/budget.h>
#include <hv/frame.h>

#include "host.h"
#include "meter.h"

#define TURNS_MAX 6000
#define ELEMENTS  300 /* of a multicall */

uint64_t meter_longest;
int32_t meter_drawn;
unsigned meter_turns;
char *arena;

static uint64_t blocks;
static bool busy_at_looks;

#ifdef __clang__ /* tests/coverage */
#define UNCOUNTED __attribute__((no_sanitize("all", "coverage")))
#else
#define UNCOUNTED __attribute__((no_sanitize("all"), no_sanitize_coverage))
#endif
void __sanitizer_cov_trace_pc(void);
UNCOUNTED void __sanitizer_cov_trace_pc(void)
{
    blocks++;
}

/* A small number is no address, and behind the arena there is nothing. */
static bool nothing(uint64_t gva)
{
    return gva < 1UL << 20 || gva - (uint64_t)arena - (ARENA_SIZE - (1UL << 20)) < 1UL << 30;
}

/* A line of the cache for each frame's words, and one for each 64 bytes copied. */
struct frame *__real_frame_of(mfn_t mfn);
struct frame *__wrap_frame_of(mfn_t mfn);
struct frame *__wrap_frame_of(mfn_t mfn)
{
    blocks += 2;
    return __real_frame_of(mfn);
}
int __real_guest_read(void *dst, uint64_t gva, size_t n);
int __wrap_guest_read(void *dst, uint64_t gva, size_t n);
int __wrap_guest_read(void *dst, uint64_t gva, size_t n)
{
    blocks += 1 + n / 64;
    return nothing(gva) ? -XEN_EFAULT : __real_guest_read(dst, gva, n);
}
int __real_guest_write(uint64_t gva, const void *src, size_t n);
int __wrap_guest_write(uint64_t gva, const void *src, size_t n);
int __wrap_guest_write(uint64_t gva, const void *src, size_t n)
{
    blocks += 1 + n / 64;
    return nothing(gva) ? -XEN_EFAULT : __real_guest_write(gva, src, n);
}

static void note_drawn(void)
{
    meter_drawn = max(meter_drawn, host_budget.turn - host_budget.left);
}

static void end_turn(void)
{
    note_drawn();
    meter_longest = max(meter_longest, blocks);
    meter_turns++;
    blocks = 0;
}

bool __real_arch_preempt(void);
bool __wrap_arch_preempt(void);
bool __wrap_arch_preempt(void)
{
    end_turn();
    return busy_at_looks;
}

void __real_arch_restart_hypercall(struct vcpu *v, unsigned nr, const uint64_t *args, unsigned n);
void __wrap_arch_restart_hypercall(struct vcpu *v, unsigned nr, const uint64_t *args, unsigned n);
void __wrap_arch_restart_hypercall(struct vcpu *v, unsigned nr, const uint64_t *args, unsigned n)
{
    note_drawn(); /* before it is full again */
    __real_arch_restart_hypercall(v, nr, args, n);
}

void meter_start(void)
{
    meter_longest = meter_turns = 0;
    meter_drawn = 0;
}

static void check(const char *name, const char *how)
{
    cr_expect_leq(meter_longest, (uint64_t)BUDGET_MAX * BLOCKS_PER_UNIT,
                  "%s %s: %lu blocks in one turn, %d units drawn, %u turns", name, how,
                  meter_longest, meter_drawn, meter_turns);
    cr_expect_leq(meter_drawn, BUDGET_MAX, "%s %s: %d units drawn in one turn", name, how,
                  meter_drawn);
    if (getenv("METER"))
        fprintf(stderr, "%-28s %-16s %7lu blocks %5d units in the longest of %u turns\n", name, how,
                meter_longest, meter_drawn, meter_turns);
}

/* As entry.S and the guest: a full budget at every entry, and the registers as they were left. */
static long run(struct vcpu *cur, unsigned nr, const uint64_t a[5], bool busy)
{
    uint64_t args[5];
    long rc;

    memcpy(args, a, sizeof(args));
    busy_at_looks = busy;
    meter_start();
    do {
        cur->arch.restart_nr = ~0UL;
        blocks = 0;
        rc = world_dispatch(cur, nr, args);
        end_turn();
        if (cur->arch.restart_nr == ~0UL)
            return rc;
        nr = (unsigned)cur->arch.restart_nr;
        memcpy(args, cur->arch.restart_args, cur->arch.restart_nargs * sizeof(args[0]));
        cur->work = 0;
        world_settle();
    } while (meter_turns < TURNS_MAX);
    return -1;
}

long meter_once(struct vcpu *cur, const struct hypercall *h, bool busy)
{
    long rc = run(cur, h->nr, h->a, busy);

    check(h->name, busy ? "busy" : "alone");
    return rc;
}

long meter_run(struct vcpu *cur, const struct hypercall *h)
{
    static struct multicall_entry m[ELEMENTS];
    long rc = 0;

    for (int busy = 0; busy < 2; busy++) {
        if (h->again)
            h->again();
        rc = meter_once(cur, h, busy);
        if (h->nr == __HYPERVISOR_multicall)
            continue;
        if (h->again)
            h->again();
        for (unsigned i = 0; i < ELEMENTS; i++) {
            m[i].op = h->nr;
            memcpy(m[i].args, h->a, sizeof(h->a));
        }
        const uint64_t a[5] = {(uint64_t)m, ELEMENTS};
        run(cur, __HYPERVISOR_multicall, a, busy);
        check(h->name, busy ? "multicall, busy" : "multicall");
    }
    return rc;
}

struct vcpu *meter_world(uint64_t frames)
{
    struct vcpu *cur = world_start_with(2, frames);

    cur->domain->max_pages = frames;
    if (!arena)
        arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert_neq(arena, MAP_FAILED);
    return cur;
}
