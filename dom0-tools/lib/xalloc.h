/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation that cannot fail.  Quotas bound what others can make a daemon hold, so running
 * out of memory means that dom0 itself is lost; dying at once is then the honest answer.
 */
#ifndef LIB_XALLOC_H
#define LIB_XALLOC_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void *xalloc_check(void *p)
{
    if (!p) {
        fprintf(stderr, "%s: out of memory\n", program_invocation_short_name);
        abort();
    }
    return p;
}

static inline void *xcalloc(size_t n, size_t size)
{
    return xalloc_check(calloc(n ? n : 1, size ? size : 1));
}

static inline void *xrealloc(void *p, size_t size)
{
    return xalloc_check(realloc(p, size ? size : 1));
}

/* A copy of @len bytes, followed by a nul byte that is not counted. */
static inline void *xmemdup(const void *from, size_t len)
{
    char *p = xalloc_check(malloc(len + 1));

    if (len)
        memcpy(p, from, len);
    p[len] = '\0';
    return p;
}

#endif
