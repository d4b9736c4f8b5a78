/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console page of a domain (struct xencons_interface): hostile memory.  Pure.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <xen/io/console.h>

/* Takes output of the guest: how many bytes, or -1 when the indices are impossible. */
ssize_t console_ring_read(struct xencons_interface *page, char *buf, size_t len);

/* Gives input to the guest: how many bytes fitted, or -1 when the indices are impossible. */
ssize_t console_ring_write(struct xencons_interface *page, const char *buf, size_t len);

/* Room for input: bytes, or -1 when the indices are impossible. */
ssize_t console_ring_room(struct xencons_interface *page);

/*
 * How much one domain may say.  Output beyond RATE_BYTES within RATE_PERIOD_MS has to wait in the
 * ring until the period is over; so a flooding guest blocks itself and nobody else.  After
 * RATE_EVENTS events within a period its ring is looked at every RATE_POLL_MS only, until the
 * period is over; so many small writes cannot keep dom0 busy either.
 */
#define RATE_PERIOD_MS 200
#define RATE_BYTES     (128 * 1024)
#define RATE_EVENTS    30
#define RATE_POLL_MS   10

struct rate {
    int64_t period_start; /* ms, any clock that does not go back */
    size_t used;
    unsigned int events;
};

/* Bytes that may be taken at time @now; 0 until rate_resume(). */
size_t rate_allowance(struct rate *r, int64_t now);
void rate_use(struct rate *r, size_t bytes);

/* Counts an event of the current period; false when it was one too many. */
bool rate_event(struct rate *r);

/* When the current period ends, in ms. */
int64_t rate_resume(const struct rate *r);

#endif
