/* SPDX-License-Identifier: BSD-2-Clause */
/* The mask of indices: exact at its borders, and no branch in it. */
#include <criterion/criterion.h>

#include <hv/nospec.h>

Test(nospec, exact)
{
    static const uint64_t n[] = {0,    1,         2,         63,        64,
                                 4096, 1UL << 31, 1UL << 32, 1UL << 63, UINT64_MAX};
    static const uint64_t i[] = {0,
                                 1,
                                 2,
                                 62,
                                 63,
                                 64,
                                 65,
                                 4095,
                                 4096,
                                 1UL << 31,
                                 1UL << 32,
                                 1UL << 63,
                                 UINT64_MAX - 1,
                                 UINT64_MAX};

    for (unsigned a = 0; a < sizeof(n) / sizeof(n[0]); a++)
        for (unsigned b = 0; b < sizeof(i) / sizeof(i[0]); b++)
            cr_expect_eq(index_nospec(i[b], n[a]), i[b] < n[a] ? i[b] : 0, "%lx of %lx", i[b],
                         n[a]);
}

__attribute__((noinline)) static uint64_t masked(uint64_t i, uint64_t n)
{
    return index_nospec(i, n);
}

/* The compiler cannot know what the mask does, so no known bound makes it go away or become a
 * branch. */
Test(nospec, survives_a_check)
{
    volatile uint64_t limit = 10;

    for (uint64_t i = 0; i < limit; i++)
        cr_expect_eq(masked(i, limit), i);
}
