/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Persistent grants (feature-persistent of io/blkif.h): the guest uses the same granted pages again
 * and again, so each is mapped once and stays so until the connection ends.  What does not fit in
 * is copied by the hypervisor, as are the pages of guests without this feature.
 */
#ifndef BLOCK_GRANTS_H
#define BLOCK_GRANTS_H

#include "lib/backend.h"

#define GRANTS_MAX   1024u /* per queue: 32 requests of 32 segments */
#define GRANTS_SLOTS 2048u /* a power of two, half of it empty */

struct grants {
    bool persistent;
    unsigned int count;
    struct {
        uint32_t ref;
        uint8_t *page; /* NULL: the slot is empty */
    } slot[GRANTS_SLOTS];
};

/* The guest's page behind @ref, mapped now or before; NULL if it is to be copied. */
uint8_t *grants_page(struct grants *g, struct backend *be, uint32_t ref);

/* Unmaps all. */
void grants_drop(struct grants *g, struct backend *be);

#endif
