/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine with one guest, made of arrays, in place of the hypervisor (stream/guest.h): what is
 * saved on one is restored on another, whose frames are others.
 */
#ifndef FAKE_GUEST_H
#define FAKE_GUEST_H

#include <stdint.h>

#include <xen/xen.h>

#include "lib/fail.h"
#include "stream/guest.h"
#include "stream/io.h"

#ifndef FAKE_FRAMES
#define FAKE_FRAMES 2048u
#endif
#define FAKE_VCPUS 3u
#define FAKE_MSR   0xc0000103u /* TSC_AUX, which has the vCPU's number */
/* The features of its CPU, in ECX of leaf 1 and EBX of leaf 7 */
#define FAKE_SSE3 1u
#define FAKE_AVX2 (1u << 5)
/* As a reader knows them */
#define FAKE_CPU                                                                                   \
    {                                                                                              \
        .word = { [1] = FAKE_SSE3, [5] = FAKE_AVX2 }                                               \
    }

/* The pages of a guest that fake_boot() makes. */
enum {
    PFN_START_INFO,
    PFN_STORE,
    PFN_CONSOLE,
    PFN_L4,
    PFN_L3,
    PFN_L2,
    PFN_L1,
    PFN_GDT,
    PFN_USER_L4,
    PFN_TOP, /* the p2m table's tree */
    PFN_MID,
    PFN_HOLE,  /* without memory */
    PFN_LISTS, /* the p2m table, up to 4 pages */
    PFN_DATA = PFN_LISTS + 4,
};
#define FAKE_P2M_VADDR 0xffffc90000000000ull
/* What is mapped at FAKE_P2M_VADDR + 16 pages: the first data page */
#define FAKE_DATA_SLOT 16u

struct fake_part {
    _Alignas(8) uint8_t data[8192];
    uint32_t len;
};

struct fake_machine {
    struct guest guest;
    struct fail fail;
    uint64_t base; /* mfns are base and up */
    uint8_t *memory;
    uint64_t m2p[FAKE_FRAMES];
    uint8_t type[FAKE_FRAMES]; /* as getpageframeinfo3 says */
    bool used[FAKE_FRAMES];
    unsigned int mapped; /* mappings that stand */
    unsigned int pinned;
    bool online[FAKE_VCPUS];
    struct fake_part part[FAKE_VCPUS][16]; /* by record */
    struct tsc_info tsc;
    unsigned int fail_at; /* the n-th call from now on fails; 0: none */
};

/* An empty domain on a machine whose frames begin at @base; frees what was there before. */
void fake_machine_reset(struct fake_machine *m, uint64_t base);
void fake_machine_free(struct fake_machine *m);

/* Gives it a guest of @pages pages that has just suspended itself; the last @missing have no
 * memory.  @tree: its p2m table is a tree, not linear. */
void fake_boot(struct fake_machine *m, uint64_t pages, uint64_t missing, bool tree);

/* Page @pfn by the guest's own p2m table; NULL: it has no frame. */
uint64_t *fake_page(struct fake_machine *m, uint64_t pfn);
uint64_t fake_mfn(struct fake_machine *m, uint64_t pfn);
void *fake_frame(struct fake_machine *m, uint64_t mfn);

/* A stream in memory. */
struct fake_file {
    uint8_t *data;
    size_t len, size, at;
    size_t room; /* writing more fails; 0: unlimited */
};
struct stream_out fake_out_to(struct fake_file *file, struct fail *fail);
struct stream_in fake_in_from(struct fake_file *file, struct fail *fail);

#endif
