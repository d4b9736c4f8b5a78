/* SPDX-License-Identifier: BSD-2-Clause */
/* What the worker is told of the guest's half of a disk; numbers only, bounded by the monitor. */
#ifndef BLOCK_CONNECTION_H
#define BLOCK_CONNECTION_H

#include <stdint.h>

#include "block/log.h"
#include "lib/channel.h"

#define RING_PAGES_ORDER 1u

struct block_connection {
    uint32_t queues;
    uint32_t pages; /* of each ring */
    uint32_t persistent;
    struct {
        uint32_t ref[1u << RING_PAGES_ORDER], port;
    } queue[LOG_QUEUES];
};
_Static_assert(sizeof(struct block_connection) <= CONTROL_BODY, "fits in a message");

#endif
