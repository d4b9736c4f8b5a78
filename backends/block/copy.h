/* SPDX-License-Identifier: BSD-2-Clause */
/* Data between a request's granted pages and this process' own memory. */
#ifndef BLOCK_COPY_H
#define BLOCK_COPY_H

#include "block/grants.h"
#include "block/request.h"
#include "lib/backend.h"

/* Gathers the segments into @buf (from the guest) or scatters @buf to them; false if refused. */
bool copy_data(struct backend *be, struct grants *g, const struct block_op *op, uint8_t *buf,
               bool from_guest);

/* Fetches the descriptors of an indirect request, by way of @buf; false if refused. */
bool copy_descriptors(struct backend *be, const struct block_op *op, uint8_t *buf,
                      struct blkif_request_segment *seg);

#endif
