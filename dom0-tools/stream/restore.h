/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a guest from libxc's stream inside libxl's, into a domain that is new, empty and paused.
 * Every byte is somebody else's word: whatever is wrong, the reader says what and where, and its
 * caller destroys the domain.
 */
#ifndef STREAM_RESTORE_H
#define STREAM_RESTORE_H

#include "stream/guest.h"
#include "stream/io.h"
#include "stream/record.h"

/* A vCPU's parts as they came; set when all have come. */
enum { PART_BASIC, PART_EXTENDED, PART_XSAVE, PART_MSRS, PARTS };

struct vcpu_parts {
    struct {
        uint8_t *data;
        uint32_t len;
    } part[PARTS];
};

struct restore {
    const struct guest *guest;
    struct stream_in *in;
    uint64_t max_pages; /* as far as the domain may grow */
    uint32_t store_port, console_port;
    struct cpu_features cpu; /* that it is shown here */

    /* out */
    uint64_t store_frame, console_frame;
    uint64_t pages;      /* with memory */
    uint64_t mismatches; /* pages that a VERIFY pass found different */

    /* own */
    uint32_t version;
    bool has_pv_info, has_static_end, has_shared_info, has_tsc, verifying;
    uint64_t count; /* pfns are below; 0: not told yet */
    uint64_t *mfn;  /* NO_FRAME: no memory */
    uint8_t *type;  /* the last that came */
    uint64_t lists; /* pages of the p2m table */
    uint64_t *list;
    struct vcpu_parts *vcpus;
    struct page_in *page_in;
};

/*
 * Reads everything after libxl's header to the last record's end and makes the guest ready to run:
 * 0, or -1 with the guest's ->fail.  The fields up to ->cpu are the caller's.
 */
int restore_run(struct restore *r);

/* ---- steps, each -1 with the cause ---- */

/* The body of one record. */
int restore_pages(struct restore *r, uint32_t length);      /* PAGE_DATA */
int restore_pv_info(struct restore *r, uint32_t length);    /* X86_PV_INFO */
int restore_cpu(struct restore *r, uint32_t length);        /* X86_CPUID_POLICY */
int restore_p2m_frames(struct restore *r, uint32_t length); /* X86_PV_P2M_FRAMES */
int restore_tsc(struct restore *r, uint32_t length);        /* X86_TSC_INFO */
int restore_shared_info(struct restore *r, uint32_t length);
int restore_vcpu_part(struct restore *r, const struct record *record);

/* After the last record: translates what names pages, gives the vCPUs their state, pins. */
int restore_finish(struct restore *r);

#endif
