/* SPDX-License-Identifier: BSD-2-Clause */
/* A running domain for stream/live.h: the hypervisor's log of its writes, and its suspension. */
#ifndef DOMAIN_LIVE_H
#define DOMAIN_LIVE_H

#include "domain/toolstack.h" /* <xenctrl.h> must come before <xenguest.h> */
#include "stream/live.h"

/* How a domain that runs is sent. */
struct live_options {
    int timeout; /* seconds until it must be suspended, or it goes on here; 0: no limit */
    void (*tell)(const char *line); /* how it goes; may be NULL */
};

struct live {
    struct toolstack *ts;
    uint32_t domid;
    const struct live_options *options;
    struct save_live save; /* for domsave_run */
    bool suspended;
    /* store_now(): its sending, the request to suspend, that done, its last byte sent, all there */
    int64_t began, asked, stopped, sent_all, received;
    int64_t round_began;
    uint64_t sent; /* before this round */
};

void live_begin(struct live *l, struct toolstack *ts, uint32_t domid,
                const struct live_options *options);
/* It is suspended, and all of it has been written to the stream; its receiver has it, ready to run.
 */
void live_sent(struct live *l);
void live_received(struct live *l);
/* It runs at its new place: tells for how long it did not, and what that time was needed for. */
void live_done(const struct live *l);

#endif
