/* SPDX-License-Identifier: BSD-2-Clause */
/* PAGE_DATA: a batch of pages, tables among them translated. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/unconst.h"
#include "lib/xalloc.h"
#include "stream/live.h"
#include "stream/record.h"
#include "stream/table.h"

#define TYPE_SHIFT 60
/* Between the record's head and its pages: framing, counts, entries, padding none */
#define HEAD_PARTS 3u

struct page_batch {
    unsigned int n;
    uint64_t pfn[BATCH], type[BATCH];
    /* of those that carry data: their place among the n, their frames */
    unsigned int mapped, index[BATCH];
    uint64_t mfn[BATCH];
    int error[BATCH];
    struct iovec iov[HEAD_PARTS + BATCH];
    uint64_t table[BATCH][PAGE_ENTRIES]; /* translated copies */
};

static bool carries_data(uint64_t type)
{
    uint64_t level = type & ~(uint64_t)FRAME_PINNED;

    return type == FRAME_NOTAB || (level >= FRAME_L1 && level <= FRAME_L4);
}

/* Page @i cannot be had now: it is sent as absent, and again when the guest is suspended. */
static int put_off(struct save *s, unsigned int i, bool final, const char *why)
{
    struct page_batch *b = s->batch;

    if (final)
        return fail(s->guest->fail, "page %#llx of the guest cannot be saved: %s",
                    (unsigned long long)b->pfn[i], why);
    b->type[i] = FRAME_XTAB;
    s->live->deferred[b->pfn[i] / 8] |= 1u << b->pfn[i] % 8;
    return 0;
}

static int find_types(struct save *s, bool final)
{
    const struct guest *g = s->guest;
    struct page_batch *b = s->batch;

    for (unsigned int i = 0; i < b->n; i++)
        b->type[i] = s->p2m.mfn[b->pfn[i]];
    if (g->ops->types(g->ctx, b->type, b->n))
        return fail(g->fail, "cannot ask for the types of the guest's pages: %s", strerror(errno));
    b->mapped = 0;
    for (unsigned int i = 0; i < b->n; i++) {
        uint64_t mfn = s->p2m.mfn[b->pfn[i]];

        /* a frame under two numbers, or on its way from one to the other */
        if (carries_data(b->type[i]) && g->ops->pfn_of(g->ctx, mfn) != b->pfn[i] &&
            put_off(s, i, final, "its frame is also another page"))
            return -1;
        if (!final && b->type[i] == FRAME_XTAB) /* a hole that may be filled meanwhile */
            put_off(s, i, final, "");
        if (!carries_data(b->type[i]))
            continue;
        b->index[b->mapped] = i;
        b->mfn[b->mapped++] = mfn;
    }
    return 0;
}

static uint64_t to_pfn(void *arg, uint64_t mfn)
{
    const struct save *s = arg;

    return p2m_pfn(s->guest, &s->p2m, mfn);
}

/* What is to be written of page @j of the mapped ones; a table is copied first: the guest runs. */
static int place_page(struct save *s, uint8_t *at, unsigned int j, bool final, unsigned int *parts)
{
    struct page_batch *b = s->batch;
    unsigned int i = b->index[j], level = (unsigned int)(b->type[i] & ~(uint64_t)FRAME_PINNED);
    const void *page = at + (uint64_t)j * PAGE_BYTES;

    if (b->error[j])
        return put_off(s, i, final, "it cannot be mapped");
    if (level) {
        memcpy(b->table[j], page, PAGE_BYTES);
        if (table_normalise(level, b->table[j], b->table[j], to_pfn, s))
            return put_off(s, i, final, "it is a page table that maps what is not the guest's");
        page = b->table[j];
    }
    b->iov[(*parts)++] = (struct iovec){unconst(page), PAGE_BYTES};
    s->sent++;
    return 0;
}

static int write_batch(struct save *s, uint8_t *at, bool final)
{
    struct page_batch *b = s->batch;
    uint32_t count[2] = {b->n};
    uint64_t entry[BATCH];
    struct record r = {.type = RECORD_PAGE_DATA};
    unsigned int parts = HEAD_PARTS;

    for (unsigned int j = 0; j < b->mapped; j++)
        if (place_page(s, at, j, final, &parts))
            return -1;
    for (unsigned int i = 0; i < b->n; i++)
        entry[i] = b->pfn[i] | b->type[i] << TYPE_SHIFT;
    r.length =
        (uint32_t)(sizeof(count) + b->n * sizeof(*entry) + (parts - HEAD_PARTS) * PAGE_BYTES);
    b->iov[0] = (struct iovec){&r, sizeof(r)};
    b->iov[1] = (struct iovec){count, sizeof(count)};
    b->iov[2] = (struct iovec){entry, b->n * sizeof(*entry)};
    return stream_put_parts(s->out, b->iov, parts);
}

int save_flush(struct save *s, bool final)
{
    const struct guest *g = s->guest;
    struct page_batch *b = s->batch;
    uint8_t *at = NULL;
    int ret;

    if (!b || !b->n)
        return 0;
    if (find_types(s, final))
        return -1;
    if (b->mapped) {
        at = g->ops->map(g->ctx, b->mfn, b->mapped, false, b->error);
        if (!at)
            return fail(g->fail, "cannot map the guest's pages: %s", strerror(errno));
    }
    ret = write_batch(s, at, final);
    if (at)
        g->ops->unmap(g->ctx, at, b->mapped);
    b->n = 0;
    return ret;
}

int save_page(struct save *s, uint64_t pfn, bool final)
{
    if (!s->batch)
        s->batch = xcalloc(1, sizeof(*s->batch));
    s->batch->pfn[s->batch->n++] = pfn;
    return s->batch->n == BATCH ? save_flush(s, final) : 0;
}
