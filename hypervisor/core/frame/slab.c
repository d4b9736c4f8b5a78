/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small objects: pages cut into objects of one power-of-two size.  What there
 * is to know of such a page is in its frame's two words, which a hypervisor
 * page does not need otherwise:
 *   type  55..44 objects in use | 43..32 first free object | 31..0 next page with free objects
 *   ref   39..32 class: log2 of the object size, or FRAME_PAGES | order for whole pages
 *         31..0 previous page with free objects
 * A free object's first two bytes name the next free one.  An empty page goes
 * back at once, so that the free count says what is really free.
 */
#include "frame_int.h"

#define SLAB_MIN  4 /* log2 of the smallest object */
#define SLAB_MAX  11
#define SLAB_NONE 0xFFFu
#define REF_WORD  (FRAME_NOBODY << FRAME_OWNER_SHIFT | FRAME_RAM)

struct slab {
    unsigned class, used, free;
    uint32_t next, prev; /* mfns; 0: none */
};

static struct spinlock slab_lock;
/* first page of each class with a free object */
static uint32_t partial[SLAB_MAX + 1] GUARDED_BY(slab_lock);

static struct slab slab_load(uint32_t mfn)
{
    const struct frame *f = frame_of(MFN(mfn));
    const uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed);
    const uint64_t r = atomic_load_explicit(&f->ref, memory_order_relaxed);
    return (struct slab){.class = (r & FRAME_ORDER_MASK) >> FRAME_ORDER_SHIFT,
                         .used = t >> 44 & 0xFFF,
                         .free = t >> 32 & 0xFFF,
                         .next = (uint32_t)t,
                         .prev = (uint32_t)r};
}
static void slab_store(uint32_t mfn, struct slab s)
{
    struct frame *f = frame_of(MFN(mfn));
    type_private(f, (uint64_t)s.used << 44 | (uint64_t)s.free << 32 | s.next);
    atomic_store_explicit(&f->ref, REF_WORD | (uint64_t)s.class << FRAME_ORDER_SHIFT | s.prev,
                          memory_order_relaxed);
}

static void set_prev(uint32_t mfn, uint32_t prev) REQUIRES(slab_lock)
{
    if (!mfn)
        return;
    struct slab s = slab_load(mfn);
    s.prev = prev;
    slab_store(mfn, s);
}
static void push(uint32_t mfn, struct slab *s) REQUIRES(slab_lock)
{
    s->prev = 0;
    s->next = partial[s->class];
    set_prev(s->next, mfn);
    partial[s->class] = mfn;
}
static void unlink(struct slab *s) REQUIRES(slab_lock)
{
    set_prev(s->next, s->prev);
    if (s->prev) {
        struct slab p = slab_load(s->prev);
        p.next = s->next;
        slab_store(s->prev, p);
    } else {
        partial[s->class] = s->next;
    }
    s->next = s->prev = 0;
}

void slab_init(void)
{
    lock_init(&slab_lock, LOCK_SLAB);
    for (unsigned i = 0; i < ARRAY_SIZE(partial); i++)
        partial[i] = 0;
}

/* A fresh page of a class, all objects free. */
static uint32_t slab_new(unsigned class) REQUIRES(slab_lock)
{
    mfn_t mfn = frame_alloc(0, 0);
    if (mfn_eq(mfn, MFN_INVALID))
        return 0;
    char *page = arch_frame_ptr(mfn);
    unsigned n = (unsigned)(PAGE_SIZE >> class);
    for (unsigned i = 0; i < n; i++)
        *(uint16_t *)(page + ((size_t)i << class)) = (uint16_t)(i + 1 < n ? i + 1 : SLAB_NONE);
    struct slab s = {.class = class};
    push((uint32_t)mfn.n, &s);
    slab_store((uint32_t)mfn.n, s);
    return (uint32_t)mfn.n;
}

void *hv_alloc(size_t size)
{
    unsigned class = SLAB_MIN;
    while (class <= SLAB_MAX && size > 1UL << class)
        class ++;
    if (class > SLAB_MAX)
        return hv_alloc_pages(order_for(size));
    lock(&slab_lock);
    uint32_t mfn = partial[class];
    if (!mfn && !(mfn = slab_new(class))) {
        unlock(&slab_lock);
        return NULL;
    }
    struct slab s = slab_load(mfn);
    void *p = (char *)arch_frame_ptr(MFN(mfn)) + ((size_t)s.free << class);
    s.free = *(uint16_t *)p;
    s.used++;
    if (s.free == SLAB_NONE)
        unlink(&s);
    slab_store(mfn, s);
    unlock(&slab_lock);
    return memset(p, 0, 1UL << class);
}

void hv_free(void *p)
{
    if (!p)
        return;
    uint32_t mfn = (uint32_t)arch_ptr_mfn(p).n;
    CHECK(frame_owner_id(frame_of(MFN(mfn))) == FRAME_NOBODY);
    struct slab s = slab_load(mfn);
    if (s.class & FRAME_PAGES) {
        frame_free(MFN(mfn), s.class & ~FRAME_PAGES);
        return;
    }
    lock(&slab_lock);
    s = slab_load(mfn);
    CHECK(s.class >= SLAB_MIN && s.class <= SLAB_MAX && s.used);
    *(uint16_t *)p = (uint16_t)s.free;
    if (s.free == SLAB_NONE)
        push(mfn, &s);
    s.free = (unsigned)(((uintptr_t)p & (PAGE_SIZE - 1)) >> s.class);
    if (--s.used == 0)
        unlink(&s);
    slab_store(mfn, s);
    if (s.used == 0)
        frame_free(MFN(mfn), 0);
    unlock(&slab_lock);
}

void *hv_alloc_pages(unsigned order)
{
    mfn_t mfn = frame_alloc(order, ALLOC_ZERO);
    if (mfn_eq(mfn, MFN_INVALID))
        return NULL;
    slab_store((uint32_t)mfn.n, (struct slab){.class = FRAME_PAGES | order});
    return arch_frame_ptr(mfn);
}
void hv_free_pages(void *p, unsigned order)
{
    if (p)
        frame_free(arch_ptr_mfn(p), order);
}
