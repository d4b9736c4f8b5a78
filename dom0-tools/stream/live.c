/* SPDX-License-Identifier: BSD-2-Clause */
/* Pre-copy; see live.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "stream/live.h"

static bool has(const uint8_t *bitmap, uint64_t bit)
{
    return bitmap[bit / 8] >> bit % 8 & 1;
}

static uint64_t count(const uint8_t *bitmap, uint64_t pages)
{
    uint64_t n = 0;

    for (uint64_t i = 0; i < (pages + 7) / 8; i++)
        n += __builtin_popcount(bitmap[i]);
    return n;
}

static int send(struct save *s, const uint8_t *bitmap, bool final)
{
    for (uint64_t pfn = 0; pfn < s->p2m.pages; pfn++)
        if (has(bitmap, pfn) && save_page(s, pfn, final))
            return -1;
    return save_flush(s, final);
}

static int ask(struct save *s, uint8_t *bitmap, bool final)
{
    memset(bitmap, 0, (s->p2m.pages + 7) / 8);
    if (s->live->written(s->live->ctx, bitmap, s->p2m.pages, final))
        return fail(s->guest->fail, "cannot read which pages the guest has written: %s",
                    strerror(errno));
    return 0;
}

/* Rounds while it runs: all pages first, then those it has written to. */
static int rounds(struct save *s, uint8_t *bitmap)
{
    memset(bitmap, 0xff, (s->p2m.pages + 7) / 8);
    for (unsigned int round = 1;; round++) {
        uint64_t dirty;

        if ((round > 1 && p2m_reload(s->guest, &s->p2m)) || send(s, bitmap, false))
            return -1;
        if (round == LIVE_ROUNDS) {
            memset(bitmap, 0, (s->p2m.pages + 7) / 8);
            return 0;
        }
        if (ask(s, bitmap, false))
            return -1;
        dirty = count(bitmap, s->p2m.pages);
        if (s->live->round)
            s->live->round(s->live->ctx, round, s->sent, dirty);
        if (dirty < LIVE_FEW) /* sent with the last ones */
            return 0;
    }
}

/* What was asked for but not sent yet is in @bitmap; what is written from now on is added. */
static int last_round(struct save *s, uint8_t *bitmap)
{
    size_t bytes = (s->p2m.pages + 7) / 8;

    for (size_t i = 0; i < bytes; i++)
        s->live->deferred[i] |= bitmap[i];
    if (s->live->suspend(s->live->ctx) || ask(s, bitmap, true) || p2m_reload(s->guest, &s->p2m))
        return -1;
    for (size_t i = 0; i < bytes; i++)
        bitmap[i] |= s->live->deferred[i];
    return send(s, bitmap, true);
}

void live_over(struct save *s)
{
    if (s->live->logging)
        s->live->log(s->live->ctx, false);
    s->live->logging = false;
}

int live_pages(struct save *s)
{
    size_t bytes = (s->p2m.pages + 7) / 8;
    uint8_t *bitmap = xcalloc(bytes, 1);
    int ret;

    s->live->deferred = xcalloc(bytes, 1);
    s->live->logging = s->live->log(s->live->ctx, true) == 0;
    if (!s->live->logging)
        ret = fail(s->guest->fail, "cannot log which pages the guest writes: %s", strerror(errno));
    else
        ret = rounds(s, bitmap) || last_round(s, bitmap) ? -1 : 0;
    free(s->live->deferred);
    free(bitmap);
    return ret;
}
