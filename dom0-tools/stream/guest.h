/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domain that is saved or restored, as the streams see it.  domain/guest_xc.c does it through
 * the hypervisor; tests put a guest made of arrays in its place.
 */
#ifndef STREAM_GUEST_H
#define STREAM_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/fail.h"
#include "stream/cpu.h"

#define PAGE_BYTES   4096u
#define PAGE_ENTRIES 512u
#define NO_FRAME     UINT64_MAX
/* Frames in one call, as libxc's writer has them and getpageframeinfo3 takes at most */
#define BATCH 1024u
/* Room that a guest's table may have above its memory, for holes and growth: 4 GiB of pages */
#define PAGES_ABOVE (1u << 20)

/* A frame's type: XEN_DOMCTL_PFINFO_* >> 28 */
enum {
    FRAME_NOTAB = 0,
    FRAME_L1 = 1,
    FRAME_L4 = 4,
    FRAME_PINNED = 8, /* with L1 to L4 */
    FRAME_BROKEN = 13,
    FRAME_XALLOC = 14,
    FRAME_XTAB = 15,
};

struct tsc_info {
    uint32_t mode, khz;
    uint64_t elapsed_ns;
    uint32_t incarnation;
};

/* Functions that fail return -1 with errno; sizes are in frames. */
struct guest_ops {
    /* Maps @n <= BATCH frames in one piece; @errors[i] != 0: frame i is not there.  NULL: none. */
    void *(*map)(void *ctx, const uint64_t *mfns, unsigned int n, bool write, int *errors);
    void (*unmap)(void *ctx, const void *at, unsigned int n);

    /* ---- for saving ---- */
    uint64_t (*pfn_of)(void *ctx, uint64_t mfn);                    /* by the M2P; NO_FRAME */
    int (*types)(void *ctx, uint64_t *frames, unsigned int n);      /* in: mfns, out: types */
    int (*vcpu_online)(void *ctx, unsigned int vcpu, bool *online); /* is there, and is up */
    /* Part @record of a vCPU, *@len bytes at most in, had out; 0 bytes: nothing to be kept. */
    int (*vcpu_get)(void *ctx, unsigned int vcpu, uint32_t record, void *data, uint32_t *len);
    int (*tsc_get)(void *ctx, struct tsc_info *tsc);
    /* What CPU it is shown: *@n leaves at most in, had out. */
    int (*cpu_get)(void *ctx, struct cpu_leaf *leaves, uint32_t *n);

    /* ---- for restoring ---- */
    int (*populate)(void *ctx, uint64_t *frames, unsigned int n); /* in: pfns, out: mfns */
    int (*vcpu_set)(void *ctx, unsigned int vcpu, uint32_t record, const void *data, uint32_t len);
    int (*tsc_set)(void *ctx, const struct tsc_info *tsc);
    int (*pin)(void *ctx, const uint64_t *mfns, const uint8_t *levels, unsigned int n);
};

struct guest {
    const struct guest_ops *ops;
    void *ctx;
    uint64_t shared_info_mfn;
    unsigned int vcpus; /* ids are below */
    uint64_t max_pages; /* of one that is saved: as far as it may grow */
    struct fail *fail;
};

/* Maps @n <= BATCH frames, all of them; NULL with ->fail: "cannot map WHAT of the guest". */
void *guest_map_many(const struct guest *g, const uint64_t *mfns, unsigned int n, bool write,
                     const char *what);

/* The same for one. */
void *guest_map(const struct guest *g, uint64_t mfn, bool write, const char *what);
void guest_unmap(const struct guest *g, const void *at);

#endif
