/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records may come when; see restore.h. */
#include <stdlib.h>

#include "lib/xalloc.h"
#include "stream/image.h"
#include "stream/restore.h"

static int empty(struct restore *r, const struct record *record)
{
    return record->length ? stream_bad(r->in, "record %s has %u bytes, it should have none",
                                       record_name(record->type), record->length)
                          : 0;
}

static int static_end(struct restore *r, const struct record *record)
{
    if (empty(r, record))
        return -1;
    if (r->has_static_end)
        return stream_bad(r->in, "record STATIC_DATA_END comes twice");
    if (!r->has_pv_info && r->version >= IMAGE_VERSION)
        return stream_bad(r->in, "record STATIC_DATA_END comes before X86_PV_INFO");
    r->has_static_end = true;
    return 0;
}

/* What CPU the guest saw where it was.  (MSRs only say what is safe, or how to make it so.) */
static int policy(struct restore *r, const struct record *record)
{
    const bool msrs = record->type == RECORD_MSR_POLICY;

    if (!record->length || record->length % (msrs ? 16 : sizeof(struct cpu_leaf)) ||
        record->length > CPU_LEAVES_MAX * sizeof(struct cpu_leaf))
        return stream_bad(r->in, "record %s has %u bytes", record_name(record->type),
                          record->length);
    if (r->has_static_end)
        return stream_bad(r->in, "record %s comes after the static data",
                          record_name(record->type));
    return msrs ? stream_skip(r->in, record->length, record_name(record->type))
                : restore_cpu(r, record->length);
}

static int verify(struct restore *r, const struct record *record)
{
    if (empty(r, record))
        return -1;
    r->verifying = true;
    return 0;
}

static int body(struct restore *r, const struct record *record)
{
    switch (record->type) {
    case RECORD_PAGE_DATA:
        return restore_pages(r, record->length);
    case RECORD_PV_INFO:
        return restore_pv_info(r, record->length);
    case RECORD_P2M_FRAMES:
        return restore_p2m_frames(r, record->length);
    case RECORD_TSC_INFO:
        return restore_tsc(r, record->length);
    case RECORD_SHARED_INFO:
        return restore_shared_info(r, record->length);
    case RECORD_VCPU_BASIC:
    case RECORD_VCPU_EXTENDED:
    case RECORD_VCPU_XSAVE:
    case RECORD_VCPU_MSRS:
        return restore_vcpu_part(r, record);
    case RECORD_STATIC_DATA_END:
        return static_end(r, record);
    case RECORD_CPUID_POLICY:
    case RECORD_CPU_SHOWN:
    case RECORD_MSR_POLICY:
        return policy(r, record);
    case RECORD_VERIFY:
        return verify(r, record);
    case RECORD_CHECKPOINT:
        return stream_bad(r->in, "it is one of a row of checkpoints, which cannot be restored");
    default:
        if (record->type & RECORD_OPTIONAL)
            return stream_skip(r->in, record->length, "an optional record");
        return stream_bad(r->in, "a record of unknown type %#x: it needs newer tools",
                          record->type);
    }
}

static int records(struct restore *r)
{
    struct record record;

    for (;;) {
        if (record_get(r->in, &record))
            return -1;
        if (record.type == RECORD_END)
            return empty(r, &record);
        if (body(r, &record) ||
            stream_skip(r->in, record_padding(record.length), record_name(record.type)))
            return -1;
    }
}

/* libxl's own records: one that says that libxc's stream follows, and the end. */
static int libxl_record(struct restore *r, uint32_t wanted)
{
    struct record record;

    if (record_get(r->in, &record))
        return -1;
    if (record.type != wanted || record.length)
        return stream_bad(r->in, "libxl's record %u with %u bytes is none of a PV guest",
                          record.type, record.length);
    return 0;
}

static int whole(struct restore *r)
{
    if (libxl_record(r, LIBXL_LIBXC_CONTEXT) || image_get_headers(r->in, &r->version))
        return -1;
    if (records(r) || libxl_record(r, LIBXL_END))
        return -1;
    return restore_finish(r);
}

int restore_run(struct restore *r)
{
    int ret;

    r->vcpus = xcalloc(r->guest->vcpus, sizeof(*r->vcpus));
    ret = whole(r);
    for (unsigned int i = 0; i < r->guest->vcpus; i++)
        for (unsigned int j = 0; j < PARTS; j++)
            free(r->vcpus[i].part[j].data);
    free(r->vcpus);
    free(r->mfn);
    free(r->type);
    free(r->list);
    free(r->page_in);
    return ret;
}
