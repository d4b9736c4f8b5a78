/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Persistent grants (feature-persistent of io/blkif.h): the guest uses the same granted pages again
 * and again, so each is mapped once and stays so until the connection ends; those of a request
 * together, for what their end costs grows with the square of the mappings (each is told of each
 * other's).  What does not fit in is copied by the hypervisor, as are the pages of guests without
 * this feature.
 */
#ifndef BLOCK_GRANTS_H
#define BLOCK_GRANTS_H

#include "block/request.h"
#include "lib/backend.h"

#define GRANTS_MAX   1024u /* per queue: 32 requests of 32 segments */
#define GRANTS_SLOTS 2048u /* a power of two, half of it empty */

struct grants {
    bool persistent;
    unsigned int count, areas;
    struct {
        uint8_t *at;
        unsigned int pages;
    } area[GRANTS_MAX]; /* each mapped by one call */
    struct {
        uint32_t ref;
        uint8_t *page; /* NULL: the slot is empty */
    } slot[GRANTS_SLOTS];
};

/*
 * Finds the guest's pages behind the segments of @op, mapping those that are not; NULL: no room or
 * refused, that one is to be copied.
 */
void grants_pages(struct grants *g, struct backend *be, const struct block_op *op,
                  uint8_t *page[BLOCK_SEGMENTS]);

/* Unmaps all. */
void grants_drop(struct grants *g, struct backend *be);

#endif
