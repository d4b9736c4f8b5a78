/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile producer indices; see ring.h. */
#include "lib/ring.h"

int ring_waiting(const RING_IDX *req_prod, RING_IDX cons, RING_IDX rsp_prod, uint32_t size)
{
    RING_IDX prod = *(const volatile RING_IDX *)req_prod;

    xen_rmb();
    /* Requests not yet answered, taken or not, share the ring's slots. */
    if (prod - rsp_prod > size || prod - cons > size)
        return -1;
    return prod - cons;
}
