/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting what a device does (lib/device_stats.h), and telling when it is slow or fails. */
#ifndef BACK_STATS_H
#define BACK_STATS_H

#include "lib/backend.h"
#include "lib/device_stats.h"

/* Whoever waits that long for one request calls the disk broken, microseconds. */
#define STATS_SLOW_US INT64_C(1000000)

/*
 * Maps the counts in @fd, which begin with zeros if it has none, counts this process' start and
 * closes @fd; NULL with errno.
 */
struct device_stats *stats_map(int fd);

/* Counts an answered request (or packet) of @bytes. */
static inline void stats_count(struct device_stats *s, enum stats_kind kind, uint64_t bytes,
                               bool failed)
{
    s->of[kind].requests++;
    if (failed)
        s->of[kind].errors++;
    else
        s->of[kind].bytes += bytes;
}

/* A request of a disk has taken @us microseconds: counted, and noted in be->trouble if slow. */
void stats_latency(struct backend *be, int64_t us);

/* Notes that a request takes, or took, too long; or that one failed. */
void stats_slow(struct backend *be, int64_t us);
void stats_failed(struct backend *be);

/* Tells the monitor of the trouble noted, at most once in TROUBLE_PAUSE_MS over all lives. */
void stats_report(struct backend *be);

#endif
