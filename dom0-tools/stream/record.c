/* SPDX-License-Identifier: BSD-2-Clause */
/* Framing; see record.h. */
#include "lib/unconst.h"
#include "stream/record.h"

int record_put2(struct stream_out *out, uint32_t type, const void *head, uint32_t head_len,
                const void *body, uint32_t len)
{
    static const uint64_t zeros;
    struct record r = {type, head_len + len};
    struct iovec iov[] = {{&r, sizeof(r)},
                          {unconst(head), head_len},
                          {unconst(body), len},
                          {unconst(&zeros), record_padding(head_len + len)}};

    return stream_put_parts(out, iov, 4);
}

int record_put(struct stream_out *out, uint32_t type, const void *body, uint32_t len)
{
    return record_put2(out, type, NULL, 0, body, len);
}

int record_get(struct stream_in *in, struct record *r)
{
    if (stream_get(in, r, sizeof(*r), "a record's header"))
        return -1;
    if (r->length > RECORD_MAX - 8)
        return stream_bad(in, "a record would have %u bytes", r->length);
    return 0;
}

const char *record_name(uint32_t type)
{
    static const char *const names[] = {
        [RECORD_END] = "END",
        [RECORD_PAGE_DATA] = "PAGE_DATA",
        [RECORD_PV_INFO] = "X86_PV_INFO",
        [RECORD_P2M_FRAMES] = "X86_PV_P2M_FRAMES",
        [RECORD_VCPU_BASIC] = "X86_PV_VCPU_BASIC",
        [RECORD_VCPU_EXTENDED] = "X86_PV_VCPU_EXTENDED",
        [RECORD_VCPU_XSAVE] = "X86_PV_VCPU_XSAVE",
        [RECORD_SHARED_INFO] = "SHARED_INFO",
        [RECORD_TSC_INFO] = "X86_TSC_INFO",
        [RECORD_VCPU_MSRS] = "X86_PV_VCPU_MSRS",
        [RECORD_VERIFY] = "VERIFY",
        [RECORD_CHECKPOINT] = "CHECKPOINT",
        [RECORD_STATIC_DATA_END] = "STATIC_DATA_END",
        [RECORD_CPUID_POLICY] = "X86_CPUID_POLICY",
        [RECORD_MSR_POLICY] = "X86_MSR_POLICY",
    };

    if (type == RECORD_CPU_SHOWN)
        type = RECORD_CPUID_POLICY;
    return type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown";
}
