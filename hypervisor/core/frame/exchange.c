/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_op exchange: frames for other frames, of other size or address.  Work
 * goes by chunks: the smallest number of input and output extents that are the
 * same number of frames.  A chunk's output is made ready first, over as many
 * turns as that takes (stash.c).  Then, in one step, its input is taken out of
 * the guest's hands (chained through the reference words, for the guest's list
 * may change; the type words keep their TLB stamps) and both change hands;
 * until the first output frame does, all can be undone.
 */
#include "frame_int.h"

/* The step's draw grows with the chunk; it waits for a turn that has just begun. */
#define CHUNK_ORDER_MAX MAX_ORDER_GUEST
STATIC_CHECK((3 << CHUNK_ORDER_MAX) + BUDGET_TURN / 4 <= BUDGET_MAX, "a chunk fits a turn");

struct exchange {
    struct domain *d;
    gva_t in_list, out_list;
    unsigned in_order, out_order, chunk_order, bits;
};

static uint64_t chain_next(uint64_t mfn)
{
    return atomic_load_explicit(&frame_of(MFN(mfn))->ref, memory_order_relaxed) & FRAME_REF_MASK;
}
static void chain_push(uint64_t *chain, uint64_t mfn)
{
    atomic_store_explicit(&frame_of(MFN(mfn))->ref,
                          FRAME_NOBODY << FRAME_OWNER_SHIFT | FRAME_RAM | *chain,
                          memory_order_relaxed);
    *chain = mfn;
}

/* The end of a chain: back to d, or (NULL) to the allocator. */
static void end_chain(struct domain *d, uint64_t chain)
{
    for (uint64_t next; chain; chain = next) {
        next = chain_next(chain);
        if (d) {
            frame_unsteal(d, MFN(chain));
        } else {
            arch_m2p_set(MFN(chain), PFN_NONE);
            buddy_free(MFN(chain), 0, true);
        }
    }
}

/* Steals the input frames of chunk c. */
static int take_input(const struct exchange *x, uint64_t c, uint64_t *chain)
{
    const uint64_t n = 1UL << (x->chunk_order - x->in_order);
    uint64_t mfn;

    for (uint64_t i = c * n; i < (c + 1) * n; i++) {
        if (guest_read_u64(&mfn, gva_add(x->in_list, i * 8)))
            return refuse(XEN_EFAULT);
        for (uint64_t j = 0; j < 1UL << x->in_order; j++) {
            budget_draw(BUDGET_ENTRY);
            if (!frame_steal(x->d, MFN(mfn + j)))
                return refuse(XEN_EINVAL);
            chain_push(chain, mfn + j);
        }
    }
    return 0;
}

/* The output blocks get their places in the guest's map; a bad list undoes that. */
static int plan_output(const struct exchange *x, uint64_t c) REQUIRES(x->d->stash.lock)
{
    const uint64_t n = 1UL << (x->chunk_order - x->out_order);
    mfn_t m = stash_first(x->d);
    uint64_t i;
    pfn_t pfn;

    budget_draw((int)n / BUDGET_WORDS);
    for (i = 0; i < n; i++, m = stash_next(m)) {
        if (guest_read_u64(&pfn.n, gva_add(x->out_list, (c * n + i) * 8)))
            break;
        frame_place(m, x->out_order, pfn);
    }
    if (i == n)
        return 0;
    m = stash_first(x->d);
    for (; i--; m = stash_next(m))
        frame_place(m, x->out_order, PFN_NONE);
    return refuse(XEN_EFAULT);
}

static int place_output(const struct exchange *x, uint64_t c) REQUIRES(x->d->stash.lock)
{
    const uint64_t n = 1UL << (x->chunk_order - x->out_order);
    int rc = 0;

    for (uint64_t i = c * n; i < (c + 1) * n; i++) {
        mfn_t m = stash_take(x->d);
        budget_draw((int)(BUDGET_ENTRY + (1u << x->out_order) / BUDGET_WORDS));
        if (frame_assign(x->d, m, x->out_order, false)) { /* dying */
            frame_unblank(m, x->out_order);
            frame_uncount(x->d, 1UL << x->out_order);
            rc = refuse(XEN_ESRCH);
        } else if (guest_write_u64(gva_add(x->out_list, i * 8), m.n)) {
            rc = refuse(XEN_EFAULT); /* the frames are the guest's all the same */
        }
    }
    return rc;
}

/* With the output ready. */
static int swap_chunk(const struct exchange *x, uint64_t c) REQUIRES(x->d->stash.lock)
{
    uint64_t in = 0;
    int rc = take_input(x, c, &in);

    if (!rc)
        rc = plan_output(x, c);
    if (rc) {
        end_chain(x->d, in);
        return rc;
    }
    rc = place_output(x, c);
    end_chain(NULL, in);
    return rc;
}

static int exchange_chunk(const struct exchange *x, uint64_t c)
{
    int rc = stash_begin(x->d, x->out_order, x->bits, 1UL << (x->chunk_order - x->out_order), NULL);

    if (rc)
        return rc;
    rc = budget_short(3 << x->chunk_order) ? -XEN_ERESTART : swap_chunk(x, c);
    stash_end(x->d);
    if (rc && rc != -XEN_ERESTART)
        (void)stash_drop(x->d); /* as far as the budget goes; what is left is d's */
    return rc;
}

static int decode(struct vcpu *cur, const struct xen_memory_exchange *e, struct exchange *x)
{
    if (e->in.extent_order > CHUNK_ORDER_MAX || e->out.extent_order > CHUNK_ORDER_MAX)
        return refuse(XEN_EPERM);
    if (e->nr_exchanged > e->in.nr_extents || e->in.domid != e->out.domid ||
        e->in.nr_extents > ~0UL >> e->in.extent_order ||
        e->out.nr_extents > ~0UL >> e->out.extent_order ||
        e->in.nr_extents << e->in.extent_order != e->out.nr_extents << e->out.extent_order)
        return refuse(XEN_EINVAL);
    x->in_list = GUEST_PTR(e->in.extent_start);
    x->out_list = GUEST_PTR(e->out.extent_start);
    x->in_order = e->in.extent_order;
    x->out_order = e->out.extent_order;
    x->chunk_order = max(x->in_order, x->out_order);
    x->bits = e->out.mem_flags & 0xFF ? ALLOC_BITS(XENMEMF_get_address_bits(e->out.mem_flags)) : 0;
    /* Resuming must begin where a chunk does. */
    if (e->nr_exchanged & ((1UL << (x->chunk_order - x->in_order)) - 1))
        return refuse(XEN_EINVAL);
    return domain_target(cur, e->in.domid, &x->d);
}

long memory_exchange(struct vcpu *cur, gva_t arg)
{
    struct xen_memory_exchange e;
    struct exchange x;

    if (guest_read(&e, arg, sizeof(e)))
        return refuse(XEN_EFAULT);
    int rc = decode(cur, &e, &x);
    if (rc)
        return rc;
    const unsigned per_chunk = x.chunk_order - x.in_order;
    const uint64_t first = e.nr_exchanged >> per_chunk, chunks = e.in.nr_extents >> per_chunk;
    uint64_t probe; /* a bad list is told before frames are looked at */
    if (first < chunks && guest_read_u64(&probe, x.out_list))
        return refuse(XEN_EFAULT);
    uint64_t c = first;
    while (c < chunks && !rc && !(budget_spent() && c > first)) {
        rc = exchange_chunk(&x, c);
        if (!rc)
            c++;
    }
    if (guest_write_u64(gva_add(arg, offsetof(struct xen_memory_exchange, nr_exchanged)),
                        c << per_chunk))
        return refuse(XEN_EFAULT);
    if (rc == -XEN_ERESTART || (!rc && c < chunks))
        return hcall_continue_memory_op(cur, XENMEM_exchange, arg);
    return rc;
}
