/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a guest's p2m table; see p2m.h. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>

#include "lib/xalloc.h"
#include "stream/p2m.h"

/* What a pfn may be in a stream's record, 32 bits, and here: 1 TiB of guest */
#define PAGES_MAX (1ull << 28)
/* Linux marks frames that are not the guest's by the highest two bits */
#define MFN_MAX (1ull << 40)
/* Pages of the table's end that are looked at together */
#define TRIM_LISTS 16u

void *guest_map_many(const struct guest *g, const uint64_t *mfns, unsigned int n, bool write,
                     const char *what)
{
    int errors[BATCH] = {0};
    void *at = g->ops->map(g->ctx, mfns, n, write, errors);
    unsigned int bad = 0;

    while (at && bad < n && !errors[bad])
        bad++;
    if (at && bad < n) {
        g->ops->unmap(g->ctx, at, n);
        at = NULL;
        errno = errors[bad] < 0 ? -errors[bad] : errors[bad];
    }
    if (!at)
        fail(g->fail, "cannot map %s of the guest (frame %#llx): %s", what,
             (unsigned long long)mfns[bad], strerror(errno));
    return at;
}

void *guest_map(const struct guest *g, uint64_t mfn, bool write, const char *what)
{
    return guest_map_many(g, &mfn, 1, write, what);
}

void guest_unmap(const struct guest *g, const void *at)
{
    g->ops->unmap(g->ctx, at, 1);
}

uint64_t p2m_pfn(const struct guest *g, const struct p2m *p, uint64_t mfn)
{
    uint64_t pfn = g->ops->pfn_of(g->ctx, mfn);

    return pfn < p->pages && p->mfn[pfn] == mfn ? pfn : NO_FRAME;
}

/* Pages of the table to @to; foreign and identity-mapped frames are none of the guest's own. */
static int read_some(const struct guest *g, const uint64_t *mfns, unsigned int n, uint64_t *to)
{
    const uint64_t *at = guest_map_many(g, mfns, n, false, "the p2m table");

    if (!at)
        return -1;
    memcpy(to, at, (size_t)n * PAGE_BYTES);
    g->ops->unmap(g->ctx, at, n);
    for (size_t i = 0; i < (size_t)n * PAGE_ENTRIES; i++)
        if (to[i] >= MFN_MAX)
            to[i] = NO_FRAME;
    return 0;
}

/* Many at a time: a mapping costs more than the copy, and the guest stands still meanwhile. */
static int read_lists(const struct guest *g, struct p2m *p)
{
    for (uint64_t i = 0; i < p->lists; i += BATCH) {
        unsigned int n = p->lists - i < BATCH ? (unsigned int)(p->lists - i) : BATCH;

        if (read_some(g, &p->list_mfn[i], n, &p->mfn[i * PAGE_ENTRIES]))
            return -1;
    }
    for (uint64_t pfn = p->pages; pfn < p->lists * PAGE_ENTRIES; pfn++)
        p->mfn[pfn] = NO_FRAME;
    return 0;
}

static bool list_is_empty(const uint64_t *list)
{
    for (unsigned int i = 0; i < PAGE_ENTRIES; i++)
        if (list[i] != NO_FRAME)
            return false;
    return true;
}

/*
 * A table reserves room for growth, terabytes of it if the guest says so: pages at its end that name nothing
 * need not travel, and nothing is allocated for them.
 */
static int trim(const struct guest *g, struct p2m *p)
{
    uint64_t *some = xcalloc(TRIM_LISTS, PAGE_BYTES);
    bool empty = true;
    int ret = 0;

    while (!ret && empty && p->lists > 1) {
        unsigned int n = p->lists - 1 < TRIM_LISTS ? (unsigned int)(p->lists - 1) : TRIM_LISTS;

        ret = read_some(g, &p->list_mfn[p->lists - n], n, some);
        for (; !ret && n && (empty = list_is_empty(&some[(n - 1) * PAGE_ENTRIES])); n--)
            p->lists--;
    }
    free(some);
    if (p->pages > p->lists * PAGE_ENTRIES)
        p->pages = p->lists * PAGE_ENTRIES;
    if (!ret && p->pages > g->max_pages + PAGES_ABOVE)
        ret = fail(g->fail, "the guest says it has %llu pages, the domain may have %llu",
                   (unsigned long long)p->pages, (unsigned long long)g->max_pages);
    return ret;
}

/* The table's own pages must be among those that it names, or they could not be saved. */
static int name_lists(const struct guest *g, struct p2m *p)
{
    p->list_pfn = xcalloc(p->lists, sizeof(*p->list_pfn));
    for (uint64_t i = 0; i < p->lists; i++) {
        p->list_pfn[i] = p2m_pfn(g, p, p->list_mfn[i]);
        if (p->list_pfn[i] == NO_FRAME)
            return fail(g->fail, "the guest's p2m table has a page that is not the guest's");
    }
    return 0;
}

int p2m_load(const struct guest *g, struct p2m *p)
{
    const shared_info_t *shared = guest_map(g, g->shared_info_mfn, false, "the shared info page");
    struct arch_shared_info arch;

    *p = (struct p2m){0};
    if (!shared)
        return -1;
    arch = shared->arch; /* once: the guest may be running */
    guest_unmap(g, shared);
    if (!arch.max_pfn || arch.max_pfn > PAGES_MAX)
        return fail(g->fail, "the guest says it has %llu pages: it is not up yet, or is broken",
                    (unsigned long long)arch.max_pfn);
    p->pages = arch.max_pfn;
    p->lists = (p->pages + PAGE_ENTRIES - 1) / PAGE_ENTRIES;
    p->generation = arch.p2m_generation;
    p->list_mfn =
        p2m_find(g, arch.p2m_cr3, arch.p2m_vaddr, arch.pfn_to_mfn_frame_list_list, p->lists);
    if (!p->list_mfn || trim(g, p))
        return -1;
    p->mfn = xcalloc(p->lists * PAGE_ENTRIES, sizeof(*p->mfn));
    return read_lists(g, p) || name_lists(g, p) ? -1 : 0;
}

int p2m_reload(const struct guest *g, struct p2m *p)
{
    const shared_info_t *shared = guest_map(g, g->shared_info_mfn, false, "the shared info page");
    uint64_t generation;

    if (!shared)
        return -1;
    generation = shared->arch.p2m_generation;
    guest_unmap(g, shared);
    if (generation != p->generation)
        return fail(g->fail, "the guest has moved its p2m table meanwhile: try again");
    return read_lists(g, p);
}

void p2m_free(struct p2m *p)
{
    free(p->mfn);
    free(p->list_mfn);
    free(p->list_pfn);
    *p = (struct p2m){0};
}
