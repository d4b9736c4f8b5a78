/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Going on without a log.  A driver domain can end at any instruction, and its in-flight log with it; the
 * guest's ring stays.  If answers keep the order of the requests, all from rsp_prod on is still to be
 * done, and stands in the ring as the guest wrote it.  But for one: an answer overwrites its request
 * before rsp_prod says so.  So each is noted first, in bytes of the ring's header that nobody else
 * uses, and published alone.  A guest that writes there answers itself.
 *
 * Order of writes: the note, its index last; the response; rsp_prod.
 */
#ifndef BLOCK_ORDER_H
#define BLOCK_ORDER_H

#include "block/request.h"
#include "lib/ring.h"

/* Notes the answer to @op, the @index-th of the ring, which is written next. */
void order_note(blkif_sring_t *sring, RING_IDX index, const struct block_op *op, int status);

/*
 * Finishes the answer that was being given when the process before ended, if one was: rsp_prod as it is
 * then.  @rsp_prod: what the ring of @size entries says.
 */
RING_IDX order_finish(blkif_sring_t *sring, uint32_t size, RING_IDX rsp_prod);

#endif
