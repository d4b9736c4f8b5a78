/* SPDX-License-Identifier: BSD-2-Clause */
/* Bit arrays of 64-bit words: plain and atomic single-bit operations, and CPU sets. */
#ifndef HV_BITMAP_H
#define HV_BITMAP_H

#include <hv/shared.h>
#include <hv/types.h>

static inline bool bit_test(const volatile uint64_t *map, unsigned bit)
{
    return (map[bit / 64] >> (bit % 64)) & 1;
}
static inline void bit_set(uint64_t *map, unsigned bit)
{
    map[bit / 64] |= 1UL << (bit % 64);
}
static inline void bit_clear(uint64_t *map, unsigned bit)
{
    map[bit / 64] &= ~(1UL << (bit % 64));
}
/* Atomic forms, sequentially consistent; the test_ ones return the old value. */
static inline bool bit_test_and_set_atomic(volatile uint64_t *map, unsigned bit)
{
    uint64_t m = 1UL << (bit % 64);
    return shared_fetch_or(&map[bit / 64], m) & m;
}
static inline bool bit_test_and_clear_atomic(volatile uint64_t *map, unsigned bit)
{
    uint64_t m = 1UL << (bit % 64);
    return shared_fetch_and(&map[bit / 64], ~m) & m;
}
static inline void bit_set_atomic(volatile uint64_t *map, unsigned bit)
{
    shared_fetch_or(&map[bit / 64], 1UL << (bit % 64));
}
static inline void bit_clear_atomic(volatile uint64_t *map, unsigned bit)
{
    shared_fetch_and(&map[bit / 64], ~(1UL << (bit % 64)));
}

/* Sets of physical CPUs: one word, hence at most 64 CPUs. */
#define HV_MAX_CPUS 64
typedef uint64_t cpuset_t;
#define CPUSET_ALL  (~0UL)
#define CPUSET(cpu) (1UL << (cpu))
#define cpuset_for_each(cpu, set)                                                                  \
    for (cpuset_t s_ = (set); s_ && ((cpu) = (unsigned)__builtin_ctzl(s_), 1); s_ &= s_ - 1)

#endif
