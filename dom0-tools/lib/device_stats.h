/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a device's back-end process has done, counted over its lives: a file of the device's
 * (paths.h: devices/TYPE-DOMAIN-DEVICE.stats), which xend opens for each process and removes with
 * the device.  The process writes and anybody may read; the numbers are worth as much as it is.
 *
 * Of a NIC what the guest receives stands where a disk has its reads, what it sends where a disk has
 * its writes.  There is a buffer for every slot of the ring, so no request of a disk has ever waited
 * for one (VBD_OO).
 */
#ifndef LIB_DEVICE_STATS_H
#define LIB_DEVICE_STATS_H

#include <stdint.h>

/* "hdstats" and the format's version */
#define DEVICE_STATS_MAGIC UINT64_C(0x6864737461747301)

enum stats_kind {
    STATS_READ,
    STATS_WRITE,
    STATS_FLUSH,
    STATS_DISCARD,
    STATS_KINDS,
    STATS_RECEIVE = STATS_READ,
    STATS_SEND = STATS_WRITE,
};

/* Bucket i has the requests that took less than LATENCY_FIRST_US << i, the last one all longer. */
#define LATENCY_BUCKETS  20u
#define LATENCY_FIRST_US 64u

struct device_stats {
    uint64_t magic;
    uint64_t starts; /* of its process */
    uint64_t merges; /* pages that went with the one before, or packets of several segments */
    uint64_t told;   /* when trouble was last reported: microseconds, CLOCK_MONOTONIC */
    struct {
        /* Answered; moved by those without an error; the others (of what a NIC receives: pieces). */
        uint64_t requests, bytes, errors;
        uint64_t dropped; /* packets that the interface had no room for, or on demand (inject.h) */
    } of[STATS_KINDS];
    uint64_t latency[LATENCY_BUCKETS]; /* of a disk's requests, from the ring to the answer */
};

#endif
