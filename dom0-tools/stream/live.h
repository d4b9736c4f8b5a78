/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pre-copy: pages are sent while the guest runs, those it writes to meanwhile again, until few are
 * left or enough rounds are over; then it is suspended and the rest follows.
 */
#ifndef STREAM_LIVE_H
#define STREAM_LIVE_H

#include "stream/save.h"

struct save_live {
    /* Starts, stops the log of written pages; 0 or -1 with errno. */
    int (*log)(void *ctx, bool on);
    /* Sets a bit in @bitmap for each of the @pages written to since the last call; 0 or -1. */
    int (*written)(void *ctx, uint8_t *bitmap, uint64_t pages, bool final);
    /* Suspends the guest; 0, or -1 with ->fail set. */
    int (*suspend)(void *ctx);
    /* Tells how it goes, once a round; may be NULL. */
    void (*round)(void *ctx, unsigned int round, uint64_t sent, uint64_t dirty);
    void *ctx;
    uint8_t *deferred; /* bit per page: could not be sent while the guest ran */
    bool logging;
};

/* As xl has them: rounds, and the number of written pages at which it is time to stop */
#define LIVE_ROUNDS 5u
#define LIVE_FEW    50u

/* Sends all pages; the guest is suspended when it returns 0. */
int live_pages(struct save *s);

/* Ends the log if it is on; not before all is sent, as the guest waits for that. */
void live_over(struct save *s);

#endif
