/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame table, the allocators, accounting and teardown. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <hv/budget.h>

#include "../../audit/audit.h"
#include "../ptype/world.h"

static bool all_bytes(const void *p, size_t n, unsigned char c)
{
    for (size_t i = 0; i < n; i++)
        if (((const unsigned char *)p)[i] != c)
            return false;
    return true;
}

Test(buddy, splits_and_merges_back)
{
    world_start(1000, 100);
    const uint64_t before = frame_free_count();
    mfn_t got[300];
    unsigned n = 0;

    cr_assert_eq(frame_total_count(), 1000 + WORLD_DOMAINS);
    srand(1);
    for (unsigned round = 0; round < 2000; round++) {
        if (n < 300 && rand() % 2) {
            unsigned order = (unsigned)rand() % 3;
            mfn_t m = frame_alloc(order, 0);
            if (mfn_eq(m, MFN_INVALID))
                continue;
            cr_assert_eq(m.n & ((1UL << order) - 1), 0, "order %u block is aligned", order);
            got[n++] = MFN(m.n << 2 | order);
        } else if (n) {
            unsigned i = (unsigned)rand() % n;
            frame_free(MFN(got[i].n >> 2), got[i].n & 3);
            got[i] = got[--n];
        }
    }
    cr_assert_eq(frame_audit(), 0);
    while (n--)
        frame_free(MFN(got[n].n >> 2), got[n].n & 3);
    cr_assert_eq(frame_free_count(), before);
    cr_assert_eq(frame_audit(), 0);
    /* merged again: the biggest aligned block that was there is there again */
    mfn_t big = frame_alloc(8, 0);
    cr_assert(!mfn_eq(big, MFN_INVALID));
    frame_free(big, 8);
}

Test(buddy, runs_dry_and_says_so)
{
    world_start(64, 100);
    mfn_t all[64];
    for (unsigned i = 0; i < 64; i++) {
        all[i] = frame_alloc(0, 0);
        cr_assert(!mfn_eq(all[i], MFN_INVALID));
    }
    cr_assert(mfn_eq(frame_alloc(0, 0), MFN_INVALID));
    cr_assert_null(hv_alloc(16));
    cr_assert_eq(frame_free_count(), 0);
    for (unsigned i = 0; i < 64; i++)
        frame_free(all[i], 0);
    cr_assert_eq(frame_free_count(), 64);
    cr_assert(mfn_eq(frame_alloc(19, 0), MFN_INVALID));
}

Test(buddy, address_limit)
{
    world_start(3000, 100);
    /* frames are 0x3a7 .. 0xf5e: those below 0x400 have addresses below 2^22 */
    for (unsigned i = 0; i < 0x400 - HOST_MFN_BASE; i++)
        cr_assert_lt(frame_alloc(0, ALLOC_BITS(22)).n, 0x400);
    cr_assert(mfn_eq(frame_alloc(0, ALLOC_BITS(22)), MFN_INVALID));
    cr_assert(mfn_eq(frame_alloc(0, ALLOC_BITS(5)), MFN_INVALID));
    cr_assert(!mfn_eq(frame_alloc(0, ALLOC_BITS(32u)), MFN_INVALID));
}

Test(buddy, low_memory_is_used_last)
{
    world_start(3000, 3000);
    cr_assert_geq(frame_alloc(0, 0).n, 0x800);
}

/* F-5: a frame that a guest had is out of every TLB before anybody else gets it. */
Test(buddy, stale_tlbs_are_flushed_at_reuse)
{
    world_start(11, 8); /* each of the two domains has a page of region bits */
    mfn_t m[8];
    world_page(2);
    for (unsigned i = 0; i < 8; i++)
        m[i] = world_page(1);
    unsigned flushes = host_log.flushes;
    cr_assert(frame_release_domain(&world_dom[1], frame_of(m[3])));
    const uint32_t stamp = arch_tlb_stamp();
    cr_assert_eq(host_log.flushes, flushes, "no flush while nobody wants it");
    cr_assert(mfn_eq(world_page(2), m[3]));
    cr_assert_eq(host_log.flushes, flushes + 1);
    cr_assert_eq(arch_tlb_stale(all_cpus(), stamp), 0, "all CPUs");
    /* flushed since: no second time */
    cr_assert(frame_release_domain(&world_dom[2], frame_of(m[3])));
    arch_tlb_flush(all_cpus());
    flushes = host_log.flushes;
    world_page(2);
    cr_assert_eq(host_log.flushes, flushes);
}

Test(slab, sizes_zeroing_and_return)
{
    world_start(256, 10);
    const uint64_t before = frame_free_count();
    static const size_t sizes[] = {1,    16,   17,   64,   100,  500,  1024,
                                   1025, 2048, 2049, 4096, 4097, 20000};
    void *p[ARRAY_SIZE(sizes)][5];

    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
        for (unsigned j = 0; j < 5; j++) {
            p[i][j] = hv_alloc(sizes[i]);
            cr_assert(p[i][j] && all_bytes(p[i][j], sizes[i], 0));
            memset(p[i][j], 0x5A, sizes[i]);
        }
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
        for (unsigned j = 0; j < 5; j++)
            cr_assert(all_bytes(p[i][j], sizes[i], 0x5A), "objects do not overlap");
    cr_assert_eq(frame_audit(), 0);
    for (unsigned j = 0; j < 5; j++)
        for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
            hv_free(p[i][(j + 2) % 5]);
    hv_free(NULL);
    cr_assert_eq(frame_free_count(), before, "empty pages go back at once");
}

Test(slab, random_load)
{
    world_start(400, 10);
    const uint64_t before = frame_free_count();
    struct {
        unsigned char *p, tag;
        size_t n;
    } o[400] = {0};

    srand(7);
    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = (unsigned)rand() % ARRAY_SIZE(o);
        if (o[i].p) {
            cr_assert(all_bytes(o[i].p, o[i].n, o[i].tag));
            hv_free(o[i].p);
            o[i].p = NULL;
        } else {
            o[i].n = 1 + (size_t)rand() % 2100;
            o[i].tag = (unsigned char)round;
            if ((o[i].p = hv_alloc(o[i].n)))
                memset(o[i].p, o[i].tag, o[i].n);
        }
    }
    for (unsigned i = 0; i < ARRAY_SIZE(o); i++)
        hv_free(o[i].p);
    cr_assert_eq(frame_free_count(), before);
}

Test(table, any_number_may_be_asked_for)
{
    world_start(100, 10);
    const uint64_t odd[] = {0,         1,         HOST_MFN_BASE - 1, HOST_MFN_BASE + host_frames,
                            1UL << 20, 1UL << 32, 1UL << 40,         1UL << 52,
                            ~0UL};
    for (unsigned i = 0; i < ARRAY_SIZE(odd); i++) {
        cr_assert(!frame_valid(MFN(odd[i])));
        cr_assert_null(frame_get_mfn(MFN(odd[i]), &world_dom[0]));
    }
    cr_assert(frame_valid(MFN(HOST_MFN_BASE)) && frame_valid(MFN(HOST_MFN_BASE + host_frames - 1)));
    cr_assert_null(frame_get_mfn(MFN(HOST_MFN_BASE), &world_dom[0]), "free frames are nobody's");
}

Test(table, references_and_owner)
{
    world_start(100, 10);
    mfn_t m = world_page(1);
    struct frame *f = frame_of(m);

    cr_assert_eq(frame_owner_id(f), 1);
    cr_assert(!frame_get(f, &world_dom[2]));
    cr_assert(frame_get(f, &world_dom[1]) && frame_get_held(f));
    cr_assert_eq(world_refs(m), 3);
    frame_put(f);
    /* given back while still referenced: stays the domain's, and counted, until the last put */
    cr_assert(frame_release_domain(&world_dom[1], f));
    cr_assert(!frame_release_domain(&world_dom[1], f), "only once");
    cr_assert_eq(world_dom[1].tot_pages, 1, "F-3");
    cr_assert(!frame_get(f, &world_dom[1]));
    uint64_t before = frame_free_count();
    frame_put(f);
    cr_assert_eq(frame_free_count(), before + 1);
    cr_assert_eq(world_dom[1].tot_pages, 0);
    cr_assert_eq(arch_m2p_get(m).n, PFN_NONE.n);
    cr_assert_eq(frame_audit(), 0);
}

Test(table, reference_limit)
{
    world_start(100, 10);
    mfn_t m = world_page(1);
    struct frame *f = frame_of(m);
    atomic_fetch_add(&f->ref, FRAME_REF_LIMIT - 2);
    cr_assert(frame_get(f, &world_dom[1]));
    cr_assert(!frame_get(f, &world_dom[1]) && !frame_get_held(f), "a refusal, not an overflow");
    cr_assert_eq(world_refs(m), FRAME_REF_LIMIT);
}

Test(table, quota)
{
    world_start(100, 5);
    mfn_t m;
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 2, 0, &m), 0);
    cr_assert_eq(m.n & 3, 0);
    for (unsigned i = 0; i < 4; i++)
        cr_assert(all_bytes(world_at(MFN(m.n + i)), PAGE_SIZE, 0), "F-5");
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 1, 0, &m), -XEN_ENOMEM);
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 0, 0, &m), 0);
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 0, 0, &m), -XEN_ENOMEM);
    /* a frame given back but still mapped counts, so memory cannot be hoarded */
    cr_assert(frame_get(frame_of(m), &world_dom[1]));
    frame_release_domain(&world_dom[1], frame_of(m));
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 0, 0, &m), -XEN_ENOMEM);
    frame_put(frame_of(m));
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 0, 0, &m), 0);
    world_dom[2].max_pages = ~0UL;
    cr_assert_eq(frame_alloc_domain(&world_dom[2], 9, 0, &m), -XEN_ENOMEM, "more than there is");
    cr_assert_eq(frame_audit(), 0);
}

Test(share, life)
{
    world_start(100, 10);
    mfn_t m = frame_alloc(0, ALLOC_ZERO);
    uint64_t before = frame_free_count();

    frame_share(&world_dom[1], m);
    struct frame *f = frame_get_mfn(m, &world_dom[1]);
    cr_assert_not_null(f);
    cr_assert_eq(ptype_get_writable(f), 0);
    cr_assert_eq(world_dom[1].tot_pages, 0);
    cr_assert_eq(world_dom[1].shared_pages, 1);
    cr_assert(!frame_release_domain(&world_dom[1], f), "not the guest's to give back");
    cr_assert_eq(frame_unshare(&world_dom[1], m), -XEN_EBUSY);
    ptype_put_writable(f);
    frame_put(f);
    cr_assert_eq(frame_unshare(&world_dom[1], m), 0);
    cr_assert_eq(world_dom[1].shared_pages, 0);
    cr_assert_null(frame_get_mfn(m, &world_dom[1]));
    hv_free(world_at(m));
    cr_assert_eq(frame_free_count(), before + 1);
    cr_assert_eq(frame_audit(), 0);
    unsigned flushes = host_log.flushes;
    for (unsigned i = 0; i < before; i++)
        frame_alloc(0, 0);
    cr_assert_gt(host_log.flushes, flushes, "guests could see it: flushed before reuse");
}

Test(share, hypervisor_pages_are_read_only)
{
    world_start(100, 10);
    mfn_t m = frame_alloc(0, ALLOC_ZERO);
    frame_share(hv_domain, m);
    struct frame *f = frame_get_mfn(m, hv_domain);
    cr_assert_not_null(f);
    cr_assert_eq(ptype_get_writable(f), -XEN_EBUSY);
    frame_put(f);
    cr_assert_eq(frame_unshare(hv_domain, m), 0);
    frame_free(m, 0);
}

Test(teardown, gives_everything_back)
{
    world_start(700, 600);
    const uint64_t before = frame_free_count();
    mfn_t shared = frame_alloc(0, 0), kept;

    for (unsigned i = 0; i < 500; i++)
        kept = world_page(1);
    frame_share(&world_dom[1], shared);
    struct frame *f = frame_get_mfn(kept, &world_dom[1]), *s = frame_get_mfn(shared, &world_dom[1]);
    host_log.preempt_on = true;
    host_log.preempt_in = 1; /* the second look at the clock says: stop */
    world_dom[1].dying = 1;
    cr_assert_eq(frame_relinquish(&world_dom[1]), -XEN_ERESTART);
    cr_assert_eq(frame_relinquish(&world_dom[1]), 0);
    cr_assert_eq(world_gone, 0);
    cr_assert_eq(world_dom[1].tot_pages, 1);
    frame_put(f);
    cr_assert_eq(world_gone, 0, "the shared page is still mapped by somebody");
    frame_put(s);
    cr_assert_eq(world_gone, 1);
    cr_assert_null(world_dom[1].regions);
    cr_assert_eq(frame_unshare(&world_dom[1], shared), 0);
    frame_free(shared, 0);
    cr_assert_eq(frame_free_count(), before + 1, "the bits of its regions, too");
    cr_assert_eq(frame_audit(), 0);
    mfn_t m;
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 0, 0, &m), -XEN_ESRCH, "the dead get nothing");
    cr_assert_eq(frame_relinquish(&world_dom[1]), 0);
    cr_assert_eq(frame_free_count(), before + 1);
}

Test(teardown, is_preempted)
{
    world_start(700, 600);
    for (unsigned i = 0; i < 520; i++)
        world_page(1);
    host_turn(200 * BUDGET_FREE);
    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    world_dom[1].dying = 1;
    cr_assert_eq(frame_relinquish(&world_dom[1]), -XEN_ERESTART);
    cr_assert_leq(world_dom[1].tot_pages, 520 - 100);
    cr_assert_geq(world_dom[1].tot_pages, 520 - 200);
    cr_assert_eq(frame_relinquish(&world_dom[1]), 0);
    cr_assert_eq(world_dom[1].tot_pages, 0);
    cr_assert_eq(world_gone, 1);
}

Test(list, frames_of_a_domain)
{
    world_start(700, 600);
    uint64_t cursor = 0, last = 0;
    const struct frame *f;
    unsigned total = 0;

    for (unsigned i = 0; i < 300; i++)
        world_page(1 + i % 2);
    for (; (f = audit_frame_next(&world_dom[1], &cursor)); total++) {
        cr_assert(frame_mfn(f).n > last && frame_owner_id(f) == 1);
        last = frame_mfn(f).n;
    }
    cr_assert_eq(total, 150);
}

Test(audit, notices)
{
    world_start(100, 10);
    mfn_t m = world_page(1);
    cr_assert_eq(frame_audit(), 0);
    world_dom[1].tot_pages++;
    cr_assert_neq(frame_audit(), 0, "F-3");
    world_dom[1].tot_pages--;
    atomic_fetch_add(&frame_of(m)->type, 5);
    cr_assert_neq(frame_audit(), 0, "F-4");
    atomic_fetch_sub(&frame_of(m)->type, 5);
    atomic_fetch_sub(&frame_of(m)->ref, 1);
    cr_assert_neq(frame_audit(), 0, "F-1");
}
