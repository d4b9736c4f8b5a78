/* SPDX-License-Identifier: BSD-2-Clause */
/* PAGE_DATA: memory for new pages, contents straight into it, page tables translated. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "stream/restore.h"
#include "stream/table.h"

#define TYPE_SHIFT 60
#define PFN_MASK   ((1ull << 52) - 1)
#define RESERVED   (0xffull << 52)

/* A part of a record: readers take at most BATCH pages at a time, whatever the record has. */
struct page_in {
    unsigned int n, mapped, wanted;
    uint64_t pfn[BATCH];
    uint8_t type[BATCH];
    uint64_t mfn[BATCH]; /* of those that carry data */
    unsigned int index[BATCH];
    int error[BATCH];
    uint64_t want[BATCH]; /* pfns that need memory, then their frames */
    uint64_t want_pfn[BATCH];
    uint64_t page[PAGE_ENTRIES];
};

static unsigned int level_of(unsigned int type)
{
    unsigned int level = type & ~(unsigned int)FRAME_PINNED;

    return level >= FRAME_L1 && level <= FRAME_L4 ? level : 0;
}

static bool carries_data(unsigned int type)
{
    return type == FRAME_NOTAB || level_of(type);
}

/* Gives memory to the pages that wait for it. */
static int populate(struct restore *r)
{
    const struct guest *g = r->guest;
    struct page_in *p = r->page_in;

    if (!p->wanted)
        return 0;
    if (r->pages + p->wanted > r->max_pages)
        return stream_bad(r->in, "it has more pages than the domain may have (%llu)",
                          (unsigned long long)r->max_pages);
    memcpy(p->want, p->want_pfn, p->wanted * sizeof(*p->want));
    if (g->ops->populate(g->ctx, p->want, p->wanted))
        return fail(g->fail, "the hypervisor has no memory left for the guest after %llu pages: %s",
                    (unsigned long long)r->pages, strerror(errno));
    for (unsigned int i = 0; i < p->wanted; i++)
        r->mfn[p->want_pfn[i]] = p->want[i];
    r->pages += p->wanted;
    p->wanted = 0;
    return 0;
}

/* Memory is on its way */
#define PENDING (NO_FRAME - 1)

static int want(struct restore *r, uint64_t pfn)
{
    if (r->mfn[pfn] != NO_FRAME)
        return 0;
    r->mfn[pfn] = PENDING;
    r->page_in->want_pfn[r->page_in->wanted++] = pfn;
    return r->page_in->wanted == BATCH ? populate(r) : 0;
}

static int take_entry(struct restore *r, uint64_t entry)
{
    struct page_in *p = r->page_in;
    uint64_t pfn = entry & PFN_MASK;
    unsigned int type = (unsigned int)(entry >> TYPE_SHIFT);

    if (pfn >= r->count)
        return stream_bad(r->in, "page %#llx is above the guest's last one (%#llx)",
                          (unsigned long long)pfn, (unsigned long long)r->count - 1);
    if (r->verifying && carries_data(type) && r->mfn[pfn] == NO_FRAME)
        return stream_bad(r->in, "page %#llx is to be verified, but has not come",
                          (unsigned long long)pfn);
    if ((carries_data(type) || type == FRAME_XALLOC) && want(r, pfn))
        return -1;
    if (!r->verifying)
        r->type[pfn] = (uint8_t)type;
    p->pfn[p->n] = pfn;
    p->type[p->n++] = (uint8_t)type;
    return 0;
}

/* Memory for what page tables of the batch name and has not come yet. */
static int populate_named(struct restore *r, const uint64_t *table)
{
    uint64_t pfn;

    for (unsigned int i = 0; i < PAGE_ENTRIES; i++)
        if (table_names(table[i], &pfn)) {
            if (pfn >= r->count)
                return stream_bad(r->in, "a page table names page %#llx, the last one is %#llx",
                                  (unsigned long long)pfn, (unsigned long long)r->count - 1);
            if (want(r, pfn))
                return -1;
        }
    return populate(r);
}

static uint64_t to_mfn(void *arg, uint64_t pfn)
{
    const struct restore *r = arg;

    return r->mfn[pfn]; /* populate_named has looked at it */
}

/* A table is translated in memory of ours: the guest's page gets it whole. */
static int read_table(struct restore *r, unsigned int level, void *to)
{
    uint64_t *page = r->page_in->page;

    if (stream_get(r->in, page, PAGE_BYTES, "a page table"))
        return -1;
    if (populate_named(r, page))
        return -1;
    if (table_localise(level, page, page, to_mfn, r))
        return stream_bad(r->in, "a page table maps large pages or the hypervisor's space");
    if (r->verifying)
        r->mismatches += memcmp(to, page, PAGE_BYTES) != 0;
    else
        memcpy(to, page, PAGE_BYTES);
    return 0;
}

/* Page @j of the mapped ones is neither a table nor compared. */
static bool is_plain(const struct restore *r, unsigned int j)
{
    const struct page_in *p = r->page_in;

    return !level_of(p->type[p->index[j]]) && !r->verifying;
}

/* Such pages from @j on, to one place: how many. */
static unsigned int plain_run(const struct restore *r, unsigned int j)
{
    unsigned int n = 0;

    while (j + n < r->page_in->mapped && is_plain(r, j + n))
        n++;
    return n;
}

static int read_page(struct restore *r, unsigned int type, void *to)
{
    if (level_of(type))
        return read_table(r, level_of(type), to);
    if (stream_get(r->in, r->page_in->page, PAGE_BYTES, "a page"))
        return -1;
    r->mismatches += memcmp(to, r->page_in->page, PAGE_BYTES) != 0;
    return 0;
}

/* The contents of the batch's pages. */
static int read_batch(struct restore *r)
{
    const struct guest *g = r->guest;
    struct page_in *p = r->page_in;
    uint8_t *at;
    int ret = 0;

    p->mapped = 0;
    for (unsigned int i = 0; i < p->n; i++)
        if (carries_data(p->type[i])) {
            p->index[p->mapped] = i;
            p->mfn[p->mapped++] = r->mfn[p->pfn[i]];
        }
    if (!p->mapped)
        return 0;
    at = g->ops->map(g->ctx, p->mfn, p->mapped, true, p->error);
    if (!at)
        return fail(g->fail, "cannot map the guest's pages: %s", strerror(errno));
    for (unsigned int j = 0; !ret && j < p->mapped; j++)
        if (p->error[j])
            ret = fail(g->fail, "cannot map page %#llx of the guest",
                       (unsigned long long)p->pfn[p->index[j]]);
    for (unsigned int j = 0, n; !ret && j < p->mapped; j += n ? n : 1) {
        uint8_t *to = at + (uint64_t)j * PAGE_BYTES;

        n = plain_run(r, j);
        if (n)
            ret = stream_get(r->in, to, (size_t)n * PAGE_BYTES, "a page");
        else
            ret = read_page(r, p->type[p->index[j]], to);
    }
    g->ops->unmap(g->ctx, at, p->mapped);
    return ret;
}

static bool possible(uint64_t entry)
{
    unsigned int type = (unsigned int)(entry >> TYPE_SHIFT);

    return !(entry & RESERVED) && (type <= FRAME_L4 || type >= FRAME_PINNED + FRAME_L1);
}

/* All entries stand before the first page, so they are kept while pages are read. */
static int read_entries(struct restore *r, uint32_t length, uint64_t *entries, uint32_t count)
{
    uint64_t data = 0;

    if (stream_get(r->in, entries, count * sizeof(*entries), "PAGE_DATA"))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        if (!possible(entries[i]))
            return stream_bad(r->in, "a page has the impossible type %#llx",
                              (unsigned long long)(entries[i] >> 52));
        data += carries_data((unsigned int)(entries[i] >> TYPE_SHIFT));
    }
    if (length != 8 + count * sizeof(*entries) + data * PAGE_BYTES)
        return stream_bad(r->in, "record PAGE_DATA has %u bytes for %u pages, %llu with contents",
                          length, count, (unsigned long long)data);
    return 0;
}

static int read_all(struct restore *r, const uint64_t *entries, uint32_t count)
{
    struct page_in *p = r->page_in;

    for (uint32_t done = 0; done < count;) {
        for (p->n = 0; p->n < BATCH && done < count; done++)
            if (take_entry(r, entries[done]))
                return -1;
        if (populate(r) || read_batch(r))
            return -1;
    }
    return 0;
}

int restore_pages(struct restore *r, uint32_t length)
{
    uint32_t head[2];
    uint64_t *entries;
    int ret;

    if (!r->count)
        return stream_bad(r->in, "record PAGE_DATA comes before X86_PV_P2M_FRAMES");
    if (length < sizeof(head))
        return stream_bad(r->in, "record PAGE_DATA has %u bytes", length);
    if (stream_get(r->in, head, sizeof(head), "PAGE_DATA"))
        return -1;
    if (!head[0] || head[0] > (length - sizeof(head)) / sizeof(*entries))
        return stream_bad(r->in, "record PAGE_DATA of %u bytes would have %u pages", length,
                          head[0]);
    if (!r->page_in)
        r->page_in = xcalloc(1, sizeof(*r->page_in));
    r->page_in->wanted = 0;
    entries = xcalloc(head[0], sizeof(*entries));
    ret = read_entries(r, length, entries, head[0]) || read_all(r, entries, head[0]) ? -1 : 0;
    free(entries);
    return ret;
}
