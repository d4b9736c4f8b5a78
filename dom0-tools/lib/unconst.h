/* SPDX-License-Identifier: BSD-2-Clause */
/* For what takes without const what it only reads, or takes back: argv, struct iovec, munmap(), Xen's libraries, who
 * counts references.  Nowhere else is const taken away: -Wcast-qual sees to it. */
#ifndef LIB_UNCONST_H
#define LIB_UNCONST_H

static inline void *unconst(const void *p)
{
    union {
        const void *given;
        void *taken;
    } u = {.given = p};

    return u.taken;
}

#endif
