/* SPDX-License-Identifier: BSD-2-Clause */
/* Records: u32 type, u32 length, body, zeros up to a multiple of 8.  Both layers have them. */
#ifndef STREAM_RECORD_H
#define STREAM_RECORD_H

#include "stream/io.h"

struct record {
    uint32_t type, length;
};

/* libxl's records; 2 to 5 are for HVM guests and replication */
#define LIBXL_END           0u
#define LIBXL_LIBXC_CONTEXT 1u

/* libxc's records (docs/specs/libxc-migration-stream) */
enum {
    RECORD_END = 0x00,
    RECORD_PAGE_DATA = 0x01,
    RECORD_PV_INFO = 0x02,
    RECORD_P2M_FRAMES = 0x03,
    RECORD_VCPU_BASIC = 0x04,
    RECORD_VCPU_EXTENDED = 0x05,
    RECORD_VCPU_XSAVE = 0x06,
    RECORD_SHARED_INFO = 0x07,
    RECORD_TSC_INFO = 0x08,
    RECORD_VCPU_MSRS = 0x0c,
    RECORD_VERIFY = 0x0d,
    RECORD_CHECKPOINT = 0x0e,
    RECORD_STATIC_DATA_END = 0x10,
    RECORD_CPUID_POLICY = 0x11,
    RECORD_MSR_POLICY = 0x12,
};
#define RECORD_OPTIONAL 0x80000000u
/* The CPU that the guest was shown, told to readers of ours: Xen's, for which a policy is an order, skips it */
#define RECORD_CPU_SHOWN (RECORD_OPTIONAL | RECORD_CPUID_POLICY)
/* The longest body, with its padding, that a reader takes */
#define RECORD_MAX (128u << 20)

/* Writes a record whose body is one or two parts. */
int record_put(struct stream_out *out, uint32_t type, const void *body, uint32_t len);
int record_put2(struct stream_out *out, uint32_t type, const void *head, uint32_t head_len,
                const void *body, uint32_t len);

/* Reads a record's header and checks its length; 0 or -1. */
int record_get(struct stream_in *in, struct record *r);

/* Bytes of zeros after a body of @length bytes. */
static inline uint32_t record_padding(uint32_t length)
{
    return -length & 7;
}

/* The name of a libxc record, for messages. */
const char *record_name(uint32_t type);

#endif
