/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console page of a domain (struct xencons_interface): hostile memory.  Pure.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include <stdint.h>
#include <sys/types.h>
#include <xen/io/console.h>

/* Takes output of the guest: how many bytes, or -1 when the indices are impossible. */
ssize_t console_ring_read(struct xencons_interface *page, char *buf, size_t len);

/* Gives input to the guest: how many bytes fitted, or -1 when the indices are impossible. */
ssize_t console_ring_write(struct xencons_interface *page, const char *buf, size_t len);

/* Room for input: bytes, or -1 when the indices are impossible. */
ssize_t console_ring_room(const struct xencons_interface *page);

/*
 * How much one domain may say.  Output beyond RATE_BYTES within RATE_PERIOD_MS has to wait in the
 * ring until the period is over; so a flooding guest blocks itself and nobody else.
 */
#define RATE_PERIOD_MS 200
#define RATE_BYTES     (128 * 1024)

struct rate {
    int64_t period_start; /* ms, any clock that does not go back */
    size_t used;
};

/* Bytes that may be taken at time @now; 0 until rate_resume(). */
size_t rate_allowance(struct rate *r, int64_t now);
void rate_use(struct rate *r, size_t bytes);

/* When the current period ends, in ms. */
int64_t rate_resume(const struct rate *r);

#endif
