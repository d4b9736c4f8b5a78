/* SPDX-License-Identifier: BSD-2-Clause */
/* Persistent grants; see grants.h. */
#include "block/grants.h"
#include "lib/channel.h"

/* The slot of @ref, or the empty one where it would be. */
static unsigned int slot_of(const struct grants *g, uint32_t ref)
{
    uint32_t i = ref * 2654435761u % GRANTS_SLOTS; /* Knuth's multiplicative hash */

    while (g->slot[i].page && g->slot[i].ref != ref)
        i = (i + 1) % GRANTS_SLOTS;
    return i;
}

static uint8_t *find_page(const struct grants *g, uint32_t ref)
{
    return g->persistent ? g->slot[slot_of(g, ref)].page : NULL;
}

static bool among(const uint32_t *refs, unsigned int n, uint32_t ref)
{
    while (n)
        if (refs[--n] == ref)
            return true;
    return false;
}

static void map_area(struct grants *g, struct backend *be, const uint32_t *refs, unsigned int n)
{
    uint8_t *at = backend_map(be, refs, n);

    if (!at)
        return;
    g->area[g->areas].at = at;
    g->area[g->areas++].pages = n;
    g->count += n;
    for (unsigned int i = 0; i < n; i++) {
        unsigned int slot = slot_of(g, refs[i]);

        g->slot[slot].ref = refs[i];
        g->slot[slot].page = at + (size_t)i * RING_PAGE;
    }
}

void grants_pages(struct grants *g, struct backend *be, const struct block_op *op,
                  uint8_t *page[BLOCK_SEGMENTS])
{
    unsigned int before = g->areas, n = 0;
    uint32_t fresh[GRANT_REFS];

    for (unsigned int i = 0; i < op->count; i++) {
        uint32_t ref = op->segment[i].gref;

        page[i] = find_page(g, ref);
        if (page[i] || !g->persistent || g->count + n == GRANTS_MAX || among(fresh, n, ref))
            continue;
        fresh[n++] = ref;
        if (n == GRANT_REFS) {
            map_area(g, be, fresh, n);
            n = 0;
        }
    }
    if (n)
        map_area(g, be, fresh, n);
    for (unsigned int i = 0; g->areas != before && i < op->count; i++)
        if (!page[i])
            page[i] = find_page(g, op->segment[i].gref);
}

void grants_drop(struct grants *g, struct backend *be)
{
    for (unsigned int i = 0; i < g->areas; i++)
        backend_unmap(be, g->area[i].at, g->area[i].pages);
    for (unsigned int i = 0; i < GRANTS_SLOTS; i++)
        g->slot[i].page = NULL;
    g->count = g->areas = 0;
}
