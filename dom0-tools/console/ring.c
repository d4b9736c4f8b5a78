/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's console page and how fast it is emptied. */
#include "console/ring.h"
#include "lib/byte_ring.h"

ssize_t console_ring_read(struct xencons_interface *page, char *buf, size_t len)
{
    struct byte_ring r = {page->out, sizeof(page->out), &page->out_prod, &page->out_cons};

    return byte_ring_get(&r, buf, len);
}

ssize_t console_ring_write(struct xencons_interface *page, const char *buf, size_t len)
{
    struct byte_ring r = {page->in, sizeof(page->in), &page->in_prod, &page->in_cons};

    return byte_ring_put(&r, buf, len);
}

ssize_t console_ring_room(struct xencons_interface *page)
{
    struct byte_ring r = {page->in, sizeof(page->in), &page->in_prod, &page->in_cons};
    ssize_t used = byte_ring_used(&r);

    return used < 0 ? -1 : (ssize_t)sizeof(page->in) - used;
}

size_t rate_allowance(struct rate *r, int64_t now)
{
    if (now - r->period_start >= RATE_PERIOD_MS) {
        r->period_start = now;
        r->used = 0;
        r->events = 0;
    }
    return r->used < RATE_BYTES ? RATE_BYTES - r->used : 0;
}

void rate_use(struct rate *r, size_t bytes)
{
    r->used += bytes;
}

bool rate_event(struct rate *r)
{
    if (r->events == RATE_EVENTS)
        return false;
    r->events++;
    return true;
}

int64_t rate_resume(const struct rate *r)
{
    return r->period_start + RATE_PERIOD_MS;
}
