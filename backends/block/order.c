/* SPDX-License-Identifier: BSD-2-Clause */
/* See order.h. */
#include <stddef.h>

#include "block/order.h"

struct note {
    uint64_t id;
    uint32_t next; /* index of the answer, and one */
    int16_t status;
    uint8_t operation;
};

#define ROOM 4u /* so that the note is aligned */
_Static_assert((offsetof(blkif_sring_t, __pad) + ROOM) % 8 == 0 &&
                   ROOM + sizeof(struct note) <= sizeof(((blkif_sring_t *)0)->__pad),
               "within what the ring's header has spare");

static volatile struct note *note_of(blkif_sring_t *sring)
{
    return (volatile struct note *)(void *)(sring->__pad + ROOM);
}

void order_note(blkif_sring_t *sring, RING_IDX index, const struct block_op *op, int status)
{
    volatile struct note *n = note_of(sring);

    n->id = op->id;
    n->operation = op->operation;
    n->status = (int16_t)status;
    xen_wmb();
    n->next = index + 1;
    xen_wmb();
}

RING_IDX order_finish(blkif_sring_t *sring, uint32_t size, RING_IDX rsp_prod)
{
    volatile struct note *n = note_of(sring);
    blkif_response_t *rsp = &sring->ring[rsp_prod & (size - 1)].rsp;

    if (n->next != rsp_prod + 1)
        return rsp_prod;
    *rsp = (blkif_response_t){.id = n->id, .operation = n->operation, .status = n->status};
    xen_wmb();
    *(volatile RING_IDX *)&sring->rsp_prod = rsp_prod + 1;
    return rsp_prod + 1;
}
