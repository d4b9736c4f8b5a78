/* SPDX-License-Identifier: BSD-2-Clause */
/* Persistent grants; see grants.h. */
#include "block/grants.h"

uint8_t *grants_page(struct grants *g, struct backend *be, uint32_t ref)
{
    uint32_t i = ref * 2654435761u % GRANTS_SLOTS; /* Knuth's multiplicative hash */

    if (!g->persistent)
        return NULL;
    for (; g->slot[i].page; i = (i + 1) % GRANTS_SLOTS)
        if (g->slot[i].ref == ref)
            return g->slot[i].page;
    if (g->count == GRANTS_MAX)
        return NULL;
    g->slot[i].page = backend_map(be, &ref, 1);
    g->slot[i].ref = ref;
    g->count += g->slot[i].page != NULL;
    return g->slot[i].page;
}

void grants_drop(struct grants *g, struct backend *be)
{
    for (unsigned int i = 0; i < GRANTS_SLOTS; i++) {
        backend_unmap(be, g->slot[i].page, 1);
        g->slot[i].page = NULL;
    }
    g->count = 0;
}
