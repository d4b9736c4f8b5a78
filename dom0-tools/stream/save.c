/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a stream; see save.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stream/image.h"
#include "stream/live.h"
#include "stream/record.h"
#include "stream/save.h"

static int put_cpu(struct save *s)
{
    struct cpu_leaf leaves[CPU_LEAVES_MAX];
    uint32_t n = CPU_LEAVES_MAX;

    if (s->guest->ops->cpu_get(s->guest->ctx, leaves, &n))
        return fail(s->guest->fail, "cannot ask which CPU the guest is shown: %s", strerror(errno));
    return record_put(s->out, RECORD_CPU_SHOWN, leaves, n * (uint32_t)sizeof(*leaves));
}

static int put_static(struct save *s)
{
    static const uint8_t pv_info[8] = {8 /* bytes of a word */, 4 /* levels of page tables */};

    return image_put_headers(s->out, s->xen_version) ||
           record_put(s->out, RECORD_PV_INFO, pv_info, sizeof(pv_info)) || put_cpu(s) ||
           record_put(s->out, RECORD_STATIC_DATA_END, NULL, 0);
}

static int put_p2m_frames(struct save *s)
{
    uint32_t range[2] = {0, (uint32_t)(s->p2m.pages - 1)};

    return record_put2(s->out, RECORD_P2M_FRAMES, range, sizeof(range), s->p2m.list_pfn,
                       (uint32_t)(s->p2m.lists * sizeof(*s->p2m.list_pfn)));
}

/* The guest is suspended: each page once. */
static int put_pages(struct save *s)
{
    for (uint64_t pfn = 0; pfn < s->p2m.pages; pfn++)
        if (save_page(s, pfn, true))
            return -1;
    return save_flush(s, true);
}

static int put_context(struct save *s)
{
    if (p2m_load(s->guest, &s->p2m))
        return -1;
    if (record_put(s->out, LIBXL_LIBXC_CONTEXT, NULL, 0) || put_static(s) || put_p2m_frames(s))
        return -1;
    if (s->live ? live_pages(s) : put_pages(s))
        return -1;
    return save_tail(s) || record_put(s->out, RECORD_END, NULL, 0) ||
                   record_put(s->out, LIBXL_END, NULL, 0)
               ? -1
               : 0;
}

int save_run(struct save *s)
{
    int ret;

    s->sent = 0;
    ret = put_context(s);
    if (s->live)
        live_over(s);
    p2m_free(&s->p2m);
    free(s->batch);
    s->batch = NULL;
    return ret;
}
