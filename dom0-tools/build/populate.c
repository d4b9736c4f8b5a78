/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's memory, in 2 MiB extents as long as the hypervisor has such, then in single pages:
 * 512 times fewer extents to walk, and the guest's frames stay contiguous.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build/job.h"

#define SUPER_ORDER 9u
#define SUPER_PAGES (1u << SUPER_ORDER)
/* Extents per hypercall: the array stays within a few pages of hypercall memory */
#define BATCH 2048u

/* Allocates 2 MiB extents from pfn 0 on; returns the number of pages that now have frames. */
static uint64_t populate_super(struct job *job)
{
    uint64_t extents = job->params->nr_pages / SUPER_PAGES, done = 0;
    xen_pfn_t frames[BATCH];

    while (done < extents) {
        uint64_t n = extents - done < BATCH ? extents - done : BATCH;
        int got;

        for (uint64_t i = 0; i < n; i++)
            frames[i] = (done + i) * SUPER_PAGES;
        got = xc_domain_populate_physmap(job->xch, job->domid, n, SUPER_ORDER, 0, frames);
        for (int i = 0; i < got; i++)
            for (unsigned int j = 0; j < SUPER_PAGES; j++)
                job->p2m[(done + i) * SUPER_PAGES + j] = frames[i] + j;
        done += got > 0 ? got : 0;
        if (got < (int)n) /* no more contiguous memory: single pages must do */
            break;
    }
    return done * SUPER_PAGES;
}

int job_populate(struct job *job)
{
    uint64_t total = job->params->nr_pages, done = populate_super(job);

    while (done < total) {
        uint64_t n = total - done < BATCH ? total - done : BATCH;

        for (uint64_t i = 0; i < n; i++)
            job->p2m[done + i] = done + i;
        if (xc_domain_populate_physmap_exact(job->xch, job->domid, n, 0, 0, &job->p2m[done]))
            return fail(job->fail, "the hypervisor ran out of memory after %llu of %llu MiB: %s",
                        (unsigned long long)done >> 8, (unsigned long long)total >> 8,
                        strerror(errno));
        done += n;
    }
    return 0;
}
