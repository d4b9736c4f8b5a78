/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole pages: cleared and copied with the loops unrolled, as these are among the hottest. */
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
    word_t *d = dst;
    const word_t *s = src;

    for (unsigned i = 0; i < PAGE_SIZE / 8; i += 4) {
        word_t a = s[i], b = s[i + 1], c = s[i + 2], e = s[i + 3];
        d[i] = a, d[i + 1] = b, d[i + 2] = c, d[i + 3] = e;
    }
}
