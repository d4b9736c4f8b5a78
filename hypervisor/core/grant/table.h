/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grant room's own structures.  A granter has shared entries (guest memory, written by both
 * sides) and, beside each, an active entry that is the hypervisor's truth while it is in use.  A
 * mapper has a maptrack entry for every mapping, named to the guest by its index, the handle.
 *
 * References: an active entry with pins holds one reference on its frame, so the granter's struct
 * domain outlives every pin (D-2).  The page-table entry of a host mapping holds one of its own and
 * a WRITABLE type reference unless read-only; so does the device mapping of a handle.
 */
#ifndef GRANT_TABLE_H
#define GRANT_TABLE_H

#include <hv/arch.h>
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/lib.h>
#include <hv/ptype.h>

/* Four counts in a word, a byte each, as a map or copy uses the frame. */
#define PIN_HOST_R  0x00000001u
#define PIN_HOST_W  0x00000100u
#define PIN_DEV_R   0x00010000u
#define PIN_DEV_W   0x01000000u
#define PIN_WRITERS 0xFF00FF00u
/* Top bit of each byte that p counts in: refuse more (Xen's limit). */
#define PIN_FULL(p) ((p) << 7)

struct active {
    uint32_t pin;
    domid_t by; /* who pinned it */
    struct frame *frame;
};
STATIC_CHECK(sizeof(struct active) == 16, "512 active entries are two pages");

/* A frame has half as many entries of version 2, each with two active entries' room. */
enum entry_kind { KIND_PAGE, KIND_PART, KIND_TRANSITIVE };
struct active_v2 {
    struct active
        a; /* without a frame if it is transitive; nothing is set while it is not pinned */
    uint16_t kind, start, length;
    domid_t dom; /* transitive: whose entry, and which */
    grant_ref_t ref;
};
STATIC_CHECK(sizeof(struct active_v2) == 2 * sizeof(struct active), "two slots");

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define ENTRIES_V2        (PAGE_SIZE / sizeof(grant_entry_v2_t))
#define STATUS_PER_FRAME  (PAGE_SIZE / sizeof(grant_status_t))
#define FRAMES_PER_STATUS ((unsigned)(STATUS_PER_FRAME / ENTRIES_V2))
#define STATUS_FRAMES(n)  (((n) + FRAMES_PER_STATUS - 1) / FRAMES_PER_STATUS)
#define USE_FLAGS         ((grant_status_t)(GTF_reading | GTF_writing))
#define ACTIVE_ORDER      1
/* Larger tables are refused: 2 million entries are enough for anyone. */
#define FRAMES_LIMIT 4096u

struct maptrack {
    struct frame *frame;
    uint32_t ref; /* of the granter; in a free entry: the next free handle */
    domid_t granter;
    /* GNTMAP_* (low 5 bits) as mapped, of which HOST and DEVICE say what is still mapped; 0: free.
     * The two bits again, shifted by MAP_LEAVING: taken out, but TLBs not flushed yet.  Atomic. */
    uint16_t flags;
};
STATIC_CHECK(sizeof(struct maptrack) == 16, "256 handles fill a page");
#define MAP_KEPT         0x1Fu
#define MAP_BOTH         (GNTMAP_host_map | GNTMAP_device_map)
#define MAP_LEAVING      8
#define MAP_IN_USE       (MAP_BOTH | MAP_BOTH << MAP_LEAVING)
#define HANDLE_NONE      0xFFFFFFFFu
#define HANDLES_PER_PAGE (PAGE_SIZE / sizeof(struct maptrack))
/* A "maptrack frame" of the ABI is 512 handles; ours hold half as many. */
#define PAGES_PER_MAPTRACK_FRAME 2

struct grant_domain {
    struct spinlock lock; /* shared and active entries, growth */
    /* Entries that can be used, as version 1 (at least one frame's) and as version 2; the other
     * version has none. */
    uint32_t entries, entries_v2;
    /* Usable are the first frames' entries, of all frames but while the version changes. */
    unsigned frames, max_frames, usable, status_frames;
    uint8_t version;
    grant_entry_v1_t **shared; /* [max_frames] */
    struct active **active;    /* [max_frames] */
    grant_status_t **status;   /* [STATUS_FRAMES(max_frames)] */

    struct spinlock map_lock; /* the free list and growth of maptrack */
    uint32_t handles, max_handles;
    uint32_t free_handle;
    uint32_t in_use;         /* handles that are not free */
    uint32_t release_cursor; /* the dying domain's teardown alone moves it */
    struct maptrack **map;   /* [max_handles / HANDLES_PER_PAGE] */
};

static inline struct active *active_of(const struct grant_domain *g, grant_ref_t ref)
    REQUIRES(g->lock)
{
    return &g->active[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}
static inline grant_entry_v1_t *shared_of(const struct grant_domain *g, grant_ref_t ref)
    REQUIRES(g->lock)
{
    return &g->shared[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}
static inline struct active_v2 *active_v2_of(const struct grant_domain *g, grant_ref_t ref)
    REQUIRES(g->lock)
{
    return (struct active_v2 *)active_of(g, 2 * ref);
}
static inline grant_entry_v2_t *shared_v2_of(const struct grant_domain *g, grant_ref_t ref)
    REQUIRES(g->lock)
{
    return (grant_entry_v2_t *)g->shared[ref / ENTRIES_V2] + ref % ENTRIES_V2;
}
static inline grant_status_t *status_of(const struct grant_domain *g, grant_ref_t ref)
    REQUIRES(g->lock)
{
    return &g->status[ref / STATUS_PER_FRAME][ref % STATUS_PER_FRAME];
}
static inline struct maptrack *handle_of(const struct grant_domain *g, grant_handle_t h)
{
    return &g->map[h / HANDLES_PER_PAGE][h % HANDLES_PER_PAGE];
}

/* Statuses below are GNTST_*, 0 or negative. */

/* entry.c: on behalf of domain `by`, adds `pins` (one unit in each count concerned) to entry `ref`
 * of rd, checking and marking the shared entry when needed.  *out: the frame, valid while pinned.
 */
int entry_pin(struct domain *rd, grant_ref_t ref, domid_t by, uint32_t pins, struct frame **out);
void entry_unpin(struct domain *rd, grant_ref_t ref, uint32_t pins);
int entry_swap(struct domain *d, grant_ref_t a, grant_ref_t b);

/* v2.c: what entry.c hands on when a table has not version 1's entry; they let go of the lock. */
int entry_v2_pin(struct domain *rd, struct grant_domain *g, grant_ref_t ref, domid_t by,
                 uint32_t pins, struct frame **out) RELEASE(g->lock);
void entry_v2_unpin(struct domain *rd, struct grant_domain *g, grant_ref_t ref, uint32_t pins)
    RELEASE(g->lock);
int entry_v2_swap(struct grant_domain *g, grant_ref_t a, grant_ref_t b) REQUIRES(g->lock);

/* What a copy may touch by a grant of any kind: bytes from start to end of a frame, which is that of
 * an entry of `owner`: the entry it asked for, or what that one leads to. */
struct reach {
    struct frame *frame;
    uint32_t start, end;
    struct domain *owner;
    grant_ref_t ref;
};
int reach_pin(struct domain *rd, grant_ref_t ref, domid_t by, uint32_t pins, struct reach *r);
void reach_unpin(struct domain *rd, grant_ref_t ref, uint32_t pins, const struct reach *r);

/* table.c: at least n frames of shared entries; -XEN_EINVAL beyond the limit, -XEN_ENOMEM,
 * -XEN_ERESTART: some are there. */
int table_grow(struct domain *d, unsigned n);

/* version.c: to `version`, 1 or 2.  -XEN_EBUSY, -XEN_ENOMEM, -XEN_ERESTART: on the way. */
int table_set_version(struct domain *d, unsigned version);
/* Status frames for n frames of entries; as table_grow. */
int status_grow(struct domain *d, struct grant_domain *g, unsigned n) REQUIRES(g->lock);
/* The next frame's entries, which are empty, can be used. */
void table_use(struct grant_domain *g) REQUIRES(g->lock);
/* Status frame i of those there are, of which version 1 has none. */
int status_frame(struct domain *d, unsigned i, mfn_t *out);

/* maptrack.c */
int maptrack_init(struct grant_domain *g, unsigned max_frames);
int maptrack_free(struct grant_domain *g); /* -XEN_ERESTART */
/* The first free handle, of which there is one. */
static inline grant_handle_t handle_take(struct grant_domain *g, struct maptrack **m)
    RELEASE(g->map_lock)
{
    const grant_handle_t h = g->free_handle;

    *m = handle_of(g, h);
    g->free_handle = (*m)->ref;
    g->in_use++;
    unlock(&g->map_lock);
    return h;
}
/* After growth; apart, so that who finds a free handle saves no registers for it. */
grant_handle_t handle_alloc_grown(struct grant_domain *g, struct maptrack **m) RELEASE(g->map_lock);
/* *m: its entry.  HANDLE_NONE: table full or no memory. */
static inline grant_handle_t handle_alloc(struct grant_domain *g, struct maptrack **m)
{
    lock(&g->map_lock);
    return unlikely(g->free_handle == HANDLE_NONE) ? handle_alloc_grown(g, m) : handle_take(g, m);
}
static inline void handle_free(struct grant_domain *g, grant_handle_t h)
{
    struct maptrack *m = handle_of(g, h);

    lock(&g->map_lock);
    m->frame = NULL;
    shared_store(&m->flags, 0);
    m->ref = g->free_handle;
    g->free_handle = h;
    g->in_use--;
    unlock(&g->map_lock);
}
static inline uint32_t handle_pins(uint16_t flags, unsigned kinds)
{
    bool ro = flags & GNTMAP_readonly;
    return (kinds & GNTMAP_host_map ? (ro ? PIN_HOST_R : PIN_HOST_W) : 0) |
           (kinds & GNTMAP_device_map ? (ro ? PIN_DEV_R : PIN_DEV_W) : 0);
}
/* A frame reference, and a WRITABLE one unless read-only: for a page-table entry or a device. */
static inline int mapping_get(struct frame *f, bool readonly)
{
    if (unlikely(!frame_get_held(f)))
        return GNTST_general_error;
    if (!readonly && unlikely(ptype_get_writable_as(f, PTYPE_FOREIGN))) {
        frame_put(f);
        return GNTST_general_error;
    }
    return GNTST_okay;
}
static inline void mapping_put(struct frame *f, bool readonly)
{
    if (!readonly)
        ptype_put_writable(f);
    frame_put(f);
}

/* Batches, up to their continuations, with all that op_grant_table_op() was given. */
long grant_map_batch(struct vcpu *cur, unsigned cmd, gva_t uops, unsigned count);
long grant_unmap_batch(struct vcpu *cur, unsigned cmd, gva_t uops, unsigned count);
long grant_copy_batch(struct vcpu *cur, unsigned cmd, gva_t uops, unsigned count);

#endif
