/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole pages, among the hottest loops: a clear is unrolled, a copy is the CPU's own string
 * move. */
#include <hv/lib.h>

typedef uint64_t __attribute__((may_alias)) word_t;

void clear_page(void *page)
{
    word_t *p = page;

    for (unsigned i = 0; i < PAGE_SIZE / 8; i += 8) {
        p[i] = p[i + 1] = p[i + 2] = p[i + 3] = 0;
        p[i + 4] = p[i + 5] = p[i + 6] = p[i + 7] = 0;
    }
}

void copy_page(void *dst, const void *src)
{
    /* A size and alignment known to GCC: `rep movsq`, without a look at the ends. */
    __builtin_memcpy(__builtin_assume_aligned(dst, PAGE_SIZE),
                     __builtin_assume_aligned(src, PAGE_SIZE), PAGE_SIZE);
}
