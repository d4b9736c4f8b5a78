/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that come once: what kind of guest, its table of pages, its clock, shared info. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>

#include "lib/xalloc.h"
#include "stream/image.h"
#include "stream/restore.h"

int restore_pv_info(struct restore *r, uint32_t length)
{
    uint8_t info[8];

    if (r->has_pv_info)
        return stream_bad(r->in, "record X86_PV_INFO comes twice");
    if (length < sizeof(info))
        return stream_bad(r->in, "record X86_PV_INFO has %u bytes", length);
    if (stream_get(r->in, info, sizeof(info), "X86_PV_INFO") ||
        stream_skip(r->in, length - sizeof(info), "X86_PV_INFO"))
        return -1;
    if (info[0] == 4 && info[1] == 3)
        return stream_bad(r->in, "the guest has 32 bits: only guests of 64 bits run here");
    if (info[0] != 8 || info[1] != 4)
        return stream_bad(r->in, "the guest has words of %u bytes, %u levels of page tables",
                          info[0], info[1]);
    r->has_pv_info = true;
    return 0;
}

/* What it was shown where it was is no promise here, but it has chosen its instructions by that. */
int restore_cpu(struct restore *r, uint32_t length)
{
    struct cpu_features was = {{0}};
    struct cpu_leaf leaf;
    char lacking[200];

    for (uint32_t i = 0; i < length / sizeof(leaf); i++) {
        if (stream_get(r->in, &leaf, sizeof(leaf), "X86_CPUID_POLICY"))
            return -1;
        cpu_note(&was, &leaf);
    }
    if (!cpu_lacks(&was, &r->cpu, lacking, sizeof(lacking)))
        return 0;
    return fail(
        r->guest->fail,
        "the guest comes from a CPU with %s, which guests have not here: its programs would "
        "crash (let it go on where it was, or start it anew here)",
        lacking);
}

/* The table may have grown since an earlier record: new pfns have no memory. */
static void grow(struct restore *r, uint64_t count)
{
    uint64_t lists = (count + PAGE_ENTRIES - 1) / PAGE_ENTRIES;

    if (count <= r->count)
        return;
    r->mfn = xrealloc(r->mfn, lists * PAGE_ENTRIES * sizeof(*r->mfn));
    r->type = xrealloc(r->type, lists * PAGE_ENTRIES);
    r->list = xrealloc(r->list, lists * sizeof(*r->list));
    for (uint64_t i = r->lists * PAGE_ENTRIES; i < lists * PAGE_ENTRIES; i++) {
        r->mfn[i] = NO_FRAME;
        r->type[i] = FRAME_XTAB;
    }
    for (uint64_t i = r->lists; i < lists; i++)
        r->list[i] = NO_FRAME;
    r->count = count;
    r->lists = lists;
}

/* In version 2 nothing says where the static data ends. */
static int static_data_over(struct restore *r)
{
    if (!r->has_pv_info)
        return stream_bad(r->in, "record X86_PV_P2M_FRAMES comes before X86_PV_INFO");
    if (r->version < IMAGE_VERSION)
        r->has_static_end = true;
    return r->has_static_end
               ? 0
               : stream_bad(r->in, "record X86_PV_P2M_FRAMES comes before STATIC_DATA_END");
}

int restore_p2m_frames(struct restore *r, uint32_t length)
{
    uint32_t range[2];
    uint64_t first, n;

    if (static_data_over(r))
        return -1;
    if (length < sizeof(range))
        return stream_bad(r->in, "record X86_PV_P2M_FRAMES has %u bytes", length);
    if (stream_get(r->in, range, sizeof(range), "X86_PV_P2M_FRAMES"))
        return -1;
    if (range[0] > range[1] || range[1] >= r->max_pages + PAGES_ABOVE)
        return stream_bad(r->in, "its pages would be %#x to %#x, the domain may have %#llx",
                          range[0], range[1], (unsigned long long)r->max_pages);
    first = range[0] / PAGE_ENTRIES;
    n = range[1] / PAGE_ENTRIES + 1 - first;
    if (length != sizeof(range) + n * sizeof(*r->list))
        return stream_bad(r->in, "record X86_PV_P2M_FRAMES has %u bytes for %llu frames", length,
                          (unsigned long long)n);
    grow(r, range[1] + 1ull);
    return stream_get(r->in, &r->list[first], n * sizeof(*r->list), "X86_PV_P2M_FRAMES");
}

int restore_tsc(struct restore *r, uint32_t length)
{
    uint32_t body[6];
    struct tsc_info tsc;

    if (length != sizeof(body))
        return stream_bad(r->in, "record X86_TSC_INFO has %u bytes", length);
    if (stream_get(r->in, body, sizeof(body), "X86_TSC_INFO"))
        return -1;
    if (body[0] > 2)
        return stream_bad(r->in, "its clock has the unknown mode %u", body[0]);
    tsc = (struct tsc_info){.mode = body[0], .khz = body[1], .incarnation = body[4]};
    memcpy(&tsc.elapsed_ns, &body[2], sizeof(tsc.elapsed_ns));
    if (r->guest->ops->tsc_set(r->guest->ctx, &tsc))
        return fail(r->guest->fail, "cannot set the guest's clock: %s", strerror(errno));
    r->has_tsc = true;
    return 0;
}

/* What lives on in the new page: no event is pending, all are masked; the clock is the host's. */
static void merge_shared_info(shared_info_t *to, const shared_info_t *from)
{
    memcpy(to->vcpu_info, from->vcpu_info, sizeof(to->vcpu_info));
    to->arch = from->arch;
    for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        to->vcpu_info[i].evtchn_pending_sel = 0;
    memset(to->evtchn_pending, 0, sizeof(to->evtchn_pending));
    memset(to->evtchn_mask, 0xff, sizeof(to->evtchn_mask));
    to->arch.pfn_to_mfn_frame_list_list = 0;
}

int restore_shared_info(struct restore *r, uint32_t length)
{
    uint64_t page[PAGE_BYTES / sizeof(uint64_t)];
    shared_info_t *to;

    if (!r->has_pv_info)
        return stream_bad(r->in, "record SHARED_INFO comes before X86_PV_INFO");
    if (length != sizeof(page))
        return stream_bad(r->in, "record SHARED_INFO has %u bytes", length);
    if (stream_get(r->in, page, sizeof(page), "SHARED_INFO"))
        return -1;
    to = guest_map(r->guest, r->guest->shared_info_mfn, true, "the shared info page");
    if (!to)
        return -1;
    merge_shared_info(to, (const shared_info_t *)page);
    guest_unmap(r->guest, to);
    r->has_shared_info = true;
    return 0;
}

static int part_of(uint32_t record)
{
    return record == RECORD_VCPU_BASIC      ? PART_BASIC
           : record == RECORD_VCPU_EXTENDED ? PART_EXTENDED
           : record == RECORD_VCPU_XSAVE    ? PART_XSAVE
                                            : PART_MSRS;
}

/* Lengths that are possible at all; the hypervisor knows more exactly. */
static bool part_length_ok(int part, uint32_t len)
{
    switch (part) {
    case PART_BASIC:
        return len == sizeof(struct vcpu_guest_context);
    case PART_EXTENDED:
        return len >= 32 && len <= 128;
    case PART_XSAVE:
        return len == 16 || (len >= 16 + 576 && len <= 65536);
    default:
        return len % 16 == 0 && len <= 4096;
    }
}

int restore_vcpu_part(struct restore *r, const struct record *record)
{
    const char *name = record_name(record->type);
    int part = part_of(record->type);
    uint32_t head[2], len = record->length - (uint32_t)sizeof(head);
    struct vcpu_parts *v;

    if (record->length < sizeof(head))
        return stream_bad(r->in, "record %s has %u bytes", name, record->length);
    if (stream_get(r->in, head, sizeof(head), name))
        return -1;
    if (head[0] >= r->guest->vcpus)
        return stream_bad(r->in, "record %s is of vCPU %u, the domain has %u", name, head[0],
                          r->guest->vcpus);
    if (!len) /* Xen 4.6 to 4.8 */
        return 0;
    if (!part_length_ok(part, len))
        return stream_bad(r->in, "record %s of vCPU %u has %u bytes", name, head[0], len);
    v = &r->vcpus[head[0]];
    v->part[part].data = xrealloc(v->part[part].data, len);
    v->part[part].len = len;
    return stream_get(r->in, v->part[part].data, len, name);
}
