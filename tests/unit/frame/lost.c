/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames that lost their contents, as a machine check says: nobody gets one again. */
#include <criterion/criterion.h>

#include "../../audit/audit.h"
#include "../ptype/world.h"
#include "../../../hypervisor/core/frame/frame_int.h"

static bool handed_out(mfn_t lost)
{
    bool found = false;
    mfn_t m;

    while (!mfn_eq(m = frame_alloc(0, 0), MFN_INVALID))
        found |= mfn_eq(m, lost);
    return found;
}

Test(lost, a_frame_is_nobodys_again)
{
    world_start(256, 20);
    const uint64_t free = frame_free_count();
    mfn_t m = world_page(1), held = world_page(1);
    struct frame *f = frame_get_mfn(held, &world_dom[1]);

    cr_assert_not(frame_lose(f, &world_dom[2]), "another's");
    cr_assert(frame_lose(f, &world_dom[1]) && frame_lose(frame_of(m), &world_dom[1]));
    cr_assert(frame_release_domain(&world_dom[1], frame_of(m)));
    cr_assert(frame_release_domain(&world_dom[1], f));
    cr_assert_null(frame_get_mfn(held, &world_dom[1]), "given back: nobody maps it now");
    frame_put(f);
    cr_assert_eq(world_dom[1].tot_pages, 0);
    cr_assert_eq(frame_free_count(), free - 2);
    cr_assert_not(frame_lose(f, &world_dom[1]), "nobody's");
    cr_assert_eq(frame_audit(), 0);
    cr_assert(frame_valid(m) && !handed_out(m) && frame_owner_id(frame_of(m)) == FRAME_NOBODY);
}

Test(lost, a_page_of_the_hypervisors_too)
{
    world_start(256, 20);
    void *page = hv_alloc_pages(0);
    mfn_t m = arch_ptr_mfn(page);
    const uint64_t free = frame_free_count();

    frame_share(&world_dom[1], m);
    cr_assert(frame_lose(frame_of(m), &world_dom[1]));
    cr_assert_eq(frame_unshare(&world_dom[1], m), 0);
    hv_free_pages(page, 0);
    cr_assert_eq(frame_free_count(), free);
    cr_assert_eq(frame_audit(), 0);
    cr_assert_not(handed_out(m));
}
