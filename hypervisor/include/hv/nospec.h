/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Indices that a guest gives.  A check that refuses a bad one does not stop a CPU from going on
 * with it speculatively (Spectre variant 1), so that each goes through index_nospec() before it
 * meets a table.
 */
#ifndef HV_NOSPEC_H
#define HV_NOSPEC_H

#include <hv/types.h>

/* i if i < n; else something below n (0 if n is 0), which a check has refused.  No branch: one
 * instruction if n is a constant power of two, else three.  The compiler cannot see that a check
 * made it needless. */
static inline __attribute__((always_inline)) uint64_t index_nospec(uint64_t i, uint64_t n)
{
    uint64_t mask;

    if (__builtin_constant_p(n) && n && !(n & (n - 1)) && n <= 1UL << 31) {
        __asm__ volatile("and %[low], %k[i]" : [i] "+r"(i) : [low] "ri"((uint32_t)n - 1) : "cc");
        return i;
    }
    __asm__ volatile("cmp %[n], %[i]; sbb %[mask], %[mask]"
                     : [mask] "=r"(mask)
                     : [i] "r"(i), [n] "re"(n)
                     : "cc");
    return i & mask;
}

#endif
