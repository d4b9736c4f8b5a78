/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_op as a guest and as the control domain issue it. */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/budget.h>

#include "../../audit/audit.h"
#include "../ptype/world.h"

static long memop(unsigned d, uint64_t cmd, void *arg)
{
    return settle(op_memory_op(&world_vcpu[d], cmd, GVA((uint64_t)arg)));
}

static struct xen_memory_reservation reservation(uint64_t *list, uint64_t n, unsigned order)
{
    struct xen_memory_reservation r = {.nr_extents = n, .extent_order = order, .domid = DOMID_SELF};
    r.extent_start.p = (xen_pfn_t *)list;
    return r;
}

Test(memop, populate_and_decrease)
{
    world_start(3000, 2000);
    uint64_t list[1500];
    for (unsigned i = 0; i < 1500; i++)
        list[i] = 0x1000 + i;
    struct xen_memory_reservation r = reservation(list, 1500, 0);
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &r), 1500);
    cr_assert_geq(world_restarts, 1500 * BUDGET_PAGE / BUDGET_TURN - 1, "a long call restarts");
    for (unsigned i = 0; i < 1500; i++) {
        cr_assert_eq(frame_owner_id(frame_of(MFN(list[i]))), 1);
        cr_assert_eq(arch_m2p_get(MFN(list[i])).n, 0x1000 + i);
    }
    cr_assert_eq(memop(1, XENMEM_current_reservation, &(domid_t){DOMID_SELF}), 1500);
    cr_assert_eq(memop(1, XENMEM_maximum_reservation, &(domid_t){1}), 2000);
    cr_assert_eq(memop(1, XENMEM_decrease_reservation, &r), 1500);
    cr_assert_eq(world_dom[1].tot_pages, 0);
    cr_assert_eq(memop(1, XENMEM_decrease_reservation, &r), 0, "not its own any more");
    cr_assert_eq(world_audit(0), 0);
}

Test(memop, populate_stops_at_the_quota)
{
    world_start(100, 10);
    uint64_t list[20] = {0};
    struct xen_memory_reservation r = reservation(list, 20, 0);
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &r), 10);
    r = reservation(list, 4, 1);
    cr_assert_eq(memop(2, XENMEM_increase_reservation, &r), 4);
    cr_assert_eq(world_dom[2].tot_pages, 8);
    cr_assert_eq(list[0] % 2, 0);
    cr_assert_eq(memop(2, XENMEM_decrease_reservation, &r), 4);
    r.extent_start.p = NULL;
    cr_assert_eq(memop(2, XENMEM_increase_reservation, &r), 4, "a list is not needed to grow");
    cr_assert_eq(world_audit(0), 0);
}

Test(memop, bad_reservations)
{
    world_start(100, 50);
    uint64_t list[4] = {0};
    struct xen_memory_reservation r = reservation(list, 4, 10);
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &r), 0, "order too big for a guest");
    r = reservation(list, 4, 0);
    r.domid = 2;
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &r), 0, "not its own");
    cr_assert_eq(memop(0, XENMEM_populate_physmap, &r), 4, "the control domain may");
    cr_assert_eq(world_dom[2].tot_pages, 4);
    cr_assert_eq(op_memory_op(&world_vcpu[1], XENMEM_populate_physmap, GVA(0)), 0,
                 "EFAULT is 0 done");
    r = reservation(list, ~0UL, 0);
    cr_assert_eq(memop(1, XENMEM_decrease_reservation, &r), 0, "too many to count");
    r = reservation(list, 4, 0);
    list[2] = ~0UL;
    r.domid = 2;
    cr_assert_eq(memop(0, XENMEM_decrease_reservation, &r), 2, "stops at the bad one");
    cr_assert_eq(op_memory_op(&world_vcpu[1], 63, GVA(0)), -XEN_ENOSYS);
    cr_assert_eq(world_audit(0), 0);
}

static struct xen_memory_exchange exchange(uint64_t *in, uint64_t nin, unsigned oin, uint64_t *out,
                                           uint64_t nout, unsigned oout)
{
    return (struct xen_memory_exchange){.in = reservation(in, nin, oin),
                                        .out = reservation(out, nout, oout)};
}

Test(exchange, small_for_big_and_back)
{
    world_start(3000, 100);
    uint64_t in[64], out[4] = {100, 116, 132, 148};
    for (unsigned i = 0; i < 64; i++)
        in[i] = world_page(1).n;
    struct xen_memory_exchange e = exchange(in, 64, 0, out, 4, 4);
    e.out.mem_flags = XENMEMF_address_bits(23); /* below 0x800 */
    cr_assert_eq(memop(1, XENMEM_exchange, &e), 0);
    cr_assert_eq(e.nr_exchanged, 64);
    cr_assert_eq(world_dom[1].tot_pages, 64);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert(out[i] % 16 == 0 && out[i] < 0x800);
        cr_assert_eq(arch_m2p_get(MFN(out[i] + 3)).n, 100 + 16 * i + 3);
    }
    cr_assert_null(frame_get_mfn(MFN(in[5]), &world_dom[1]));
    uint64_t back[64];
    for (unsigned i = 0; i < 64; i++)
        back[i] = i;
    e = exchange(out, 4, 4, back, 64, 0);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), 0);
    cr_assert_eq(world_dom[1].tot_pages, 64);
    cr_assert_eq(world_audit(0), 0);
}

Test(exchange, refuses_frames_in_use)
{
    world_start(3000, 100);
    uint64_t in[4], out[4] = {0}, total = world_dom[1].tot_pages;
    for (unsigned i = 0; i < 4; i++)
        in[i] = world_page(1).n;
    cr_assert(frame_get(frame_of(MFN(in[2])), &world_dom[1]));
    uint64_t before = frame_free_count();
    struct xen_memory_exchange e = exchange(in, 4, 0, out, 1, 2);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL);
    cr_assert_eq(e.nr_exchanged, 0);
    cr_assert_eq(frame_free_count(), before);
    cr_assert_eq(world_dom[1].tot_pages, total + 4);
    cr_assert_eq(world_audit(1), 0, "the guest has all it had");
    frame_put(frame_of(MFN(in[2])));
    in[1] = in[0];
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL, "the same frame twice");
    e.out.mem_flags = XENMEMF_address_bits(13);
    in[1] = world_page(1).n;
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_ENOMEM, "no such memory");
    cr_assert_eq(world_audit(0), 0);
}

Test(exchange, bad_arguments)
{
    world_start(300, 100);
    uint64_t in[4] = {0}, out[4] = {0};
    struct xen_memory_exchange e = exchange(in, 4, 0, out, 3, 0);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL);
    e = exchange(in, 4, 10, out, 4, 10);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EPERM);
    e = exchange(in, 4, 0, out, 4, 0);
    e.nr_exchanged = 5;
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL);
    e.nr_exchanged = 4;
    cr_assert_eq(memop(1, XENMEM_exchange, &e), 0, "nothing left to do");
    e.in.domid = 2;
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL);
    e.out.domid = 2;
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EPERM);
    e = exchange(in, 1UL << 63, 1, out, 0, 0);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL, "no overflow");
}

Test(maps, guest_map)
{
    world_start(100, 10);
    struct hv_e820 in[2] = {{0, 0x1000, 1}, {0x100000, 0x10000, 2}}, out[4];
    struct xen_foreign_memory_map f = {.domid = 1, .map = {.nr_entries = 2}};
    struct xen_memory_map m = {.nr_entries = 4};
    uint64_t before = frame_free_count();
    f.map.buffer.p = in;
    m.buffer.p = out;
    cr_assert_eq(memop(1, XENMEM_memory_map, &m), -XEN_ENOSYS);
    cr_assert_eq(memop(1, XENMEM_set_memory_map, &f), -XEN_EPERM);
    cr_assert_eq(memop(0, XENMEM_set_memory_map, &f), 0);
    cr_assert_eq(memop(0, XENMEM_set_memory_map, &f), 0, "replaced, not leaked");
    cr_assert_eq(memop(1, XENMEM_memory_map, &m), 0);
    cr_assert_eq(m.nr_entries, 2);
    cr_assert_eq(memcmp(in, out, sizeof(in)), 0);
    m.nr_entries = 1;
    cr_assert_eq(memop(1, XENMEM_memory_map, &m), -XEN_EINVAL, "all or nothing");
    f.map.nr_entries = 1000;
    cr_assert_eq(memop(0, XENMEM_set_memory_map, &f), -XEN_EINVAL);
    world_kill(1);
    cr_assert_eq(frame_free_count(), before + 1, "the bits of its regions, too");
}

Test(maps, machine_and_m2p)
{
    world_start(100, 10);
    struct hv_e820 out[4];
    struct xen_memory_map m = {.nr_entries = 4};
    m.buffer.p = out;
    cr_assert_eq(memop(1, XENMEM_machine_memory_map, &m), -XEN_EPERM);
    cr_assert_eq(memop(0, XENMEM_machine_memory_map, &m), 0);
    cr_assert_eq(m.nr_entries, 1);
    struct xen_machphys_mapping x;
    cr_assert_eq(memop(1, XENMEM_machphys_mapping, &x), 0);
    cr_assert_eq(x.v_start, MACH2PHYS_VIRT_START);
    cr_assert_eq(x.max_mfn, frame_end - 1);
    uint64_t list[2];
    struct xen_machphys_mfn_list l = {.max_extents = 2};
    l.extent_start.p = (xen_pfn_t *)list;
    cr_assert_eq(memop(1, XENMEM_machphys_mfn_list, &l), -XEN_EPERM);
    cr_assert_eq(memop(0, XENMEM_machphys_mfn_list, &l), 0);
    cr_assert_eq(l.nr_extents, 1);
    cr_assert_eq(memop(1, XENMEM_maximum_ram_page, NULL), (long)frame_end);
}

/* A claim keeps memory for a domain to come, against everybody else. */
Test(claim, holds_back_memory)
{
    world_start(100, 80);
    struct xen_memory_reservation r = {.nr_extents = 60, .domid = 1};
    uint64_t list[100] = {0};
    world_page(1);
    cr_assert_eq(memop(1, XENMEM_claim_pages, &r), -XEN_EPERM);
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), 0);
    r.domid = 2;
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), -XEN_ENOMEM, "there is not so much twice");
    struct xen_memory_reservation p = reservation(list, 80, 0);
    cr_assert_eq(memop(2, XENMEM_populate_physmap, &p), 40, "99 free, 59 promised");
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &p), 59);
    r = (struct xen_memory_reservation){.nr_extents = 0, .domid = 1};
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), 0, "what is left of it is let go");
    cr_assert_eq(world_dom[1].claim_pages, 0);
    cr_assert_eq(frame_audit(), 0);
}

Test(resource, grant_frames)
{
    world_start(100, 80);
    uint64_t list[4];
    struct xen_mem_acquire_resource r = {
        .domid = 1, .type = XENMEM_resource_grant_table, .nr_frames = 2, .frame = 1};
    r.frame_list.p = (xen_pfn_t *)list;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), 0);
    cr_assert_eq(list[1], HOST_MFN_BASE + 2);
    r.id = XENMEM_resource_grant_table_id_status;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), 0);
    cr_assert_eq(list[1], HOST_MFN_BASE + 52);
    r.frame = 3;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL);
    r.id = XENMEM_resource_grant_table_id_shared;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL);
    cr_assert_eq(memop(1, XENMEM_acquire_resource, &r), -XEN_EPERM);
    r.type = XENMEM_resource_ioreq_server;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EOPNOTSUPP);
    r = (struct xen_mem_acquire_resource){.domid = 1, .type = XENMEM_resource_grant_table};
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), 0);
    cr_assert_eq(r.nr_frames, 64);
}

Test(physmap, means_nothing_to_pv)
{
    world_start(100, 80);
    struct xen_add_to_physmap a = {.domid = DOMID_SELF};
    struct xen_remove_from_physmap r = {.domid = DOMID_SELF, .gpfn = world_page(1).n};
    cr_assert_eq(memop(1, XENMEM_add_to_physmap, &a), -XEN_EACCES);
    cr_assert_eq(memop(1, XENMEM_remove_from_physmap, &r), 0);
    r.gpfn = 1;
    cr_assert_eq(memop(1, XENMEM_remove_from_physmap, &r), -XEN_ENOENT);
    struct xen_pod_target t = {.domid = 1};
    cr_assert_eq(memop(0, XENMEM_get_pod_target, &t), -XEN_EINVAL);
    cr_assert_eq(memop(0, XENMEM_get_sharing_freed_pages, NULL), 0);
}

/* Every command reads what its argument points to before it does anything. */
Test(memop, pointers_to_nothing)
{
    world_start(100, 80);
    static const unsigned commands[] = {
        XENMEM_current_reservation, XENMEM_maximum_reservation,
        XENMEM_maximum_gpfn,        XENMEM_exchange,
        XENMEM_machphys_mfn_list,   XENMEM_machphys_mapping,
        XENMEM_set_memory_map,      XENMEM_machine_memory_map,
        XENMEM_add_to_physmap,      XENMEM_add_to_physmap_batch,
        XENMEM_remove_from_physmap, XENMEM_set_pod_target,
        XENMEM_get_pod_target,      XENMEM_claim_pages,
        XENMEM_acquire_resource,
    };
    const uint64_t before = frame_free_count();

    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        cr_expect_eq(memop(0, commands[i], NULL), -XEN_EFAULT, "command %u", commands[i]);
        cr_expect_eq(memop(0, commands[i], (void *)0xffff800000000000), -XEN_EFAULT, "command %u",
                     commands[i]);
    }
    struct xen_foreign_memory_map f = {.domid = 1, .map = {.nr_entries = 2}};
    cr_expect_eq(memop(0, XENMEM_set_memory_map, &f), -XEN_EFAULT, "its list");
    struct xen_memory_map m = {.nr_entries = 4};
    cr_expect_eq(memop(0, XENMEM_machine_memory_map, &m), -XEN_EFAULT);
    struct xen_machphys_mfn_list l = {.max_extents = 2};
    cr_expect_eq(memop(0, XENMEM_machphys_mfn_list, &l), -XEN_EFAULT);
    struct xen_mem_acquire_resource r = {
        .domid = 1, .type = XENMEM_resource_grant_table, .nr_frames = 1};
    r.frame_list.p = (xen_pfn_t *)0xffff800000000000;
    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EFAULT);
    cr_expect_eq(frame_free_count(), before, "nothing is left of them");
}

/* Whose memory it is: one's own, or anybody's for the control domain; nobody's is an error. */
Test(memop, domains_that_are_named)
{
    world_start(100, 80);
    const struct {
        unsigned command;
        void *arg;
        size_t named; /* where its domain is */
        long own;     /* the answer for one's own */
    } calls[] = {
#define CALL(type, command, own) {command, &(type){0}, offsetof(type, domid), own}
        CALL(struct xen_memory_domain, XENMEM_current_reservation, 0),
        CALL(struct xen_memory_domain, XENMEM_maximum_reservation, 80),
        CALL(struct xen_add_to_physmap, XENMEM_add_to_physmap, -XEN_EACCES),
        CALL(struct xen_remove_from_physmap, XENMEM_remove_from_physmap, -XEN_ENOENT),
        CALL(struct xen_pod_target, XENMEM_get_pod_target, -XEN_EINVAL),
#undef CALL
    };

    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        domid_t *id = (domid_t *)((char *)calls[i].arg + calls[i].named);
        *id = DOMID_SELF;
        cr_expect_eq(memop(1, calls[i].command, calls[i].arg), calls[i].own, "%u",
                     calls[i].command);
        *id = 2;
        cr_expect_eq(memop(1, calls[i].command, calls[i].arg), -XEN_EPERM, "%u", calls[i].command);
        cr_expect_eq(memop(0, calls[i].command, calls[i].arg), calls[i].own, "%u",
                     calls[i].command);
        *id = 77;
        cr_expect_eq(memop(0, calls[i].command, calls[i].arg), -XEN_ESRCH, "%u", calls[i].command);
    }
}

Test(claim, bad_arguments)
{
    world_start(100, 80);
    uint64_t list[1];
    struct xen_memory_reservation r = {.nr_extents = 81, .domid = 1};

    cr_expect_eq(memop(0, XENMEM_claim_pages, &r), -XEN_EINVAL, "more than it may have");
    r = (struct xen_memory_reservation){.nr_extents = 1, .extent_order = 1, .domid = 1};
    cr_expect_eq(memop(0, XENMEM_claim_pages, &r), -XEN_EINVAL);
    r = (struct xen_memory_reservation){.nr_extents = 1, .mem_flags = 1, .domid = 1};
    cr_expect_eq(memop(0, XENMEM_claim_pages, &r), -XEN_EINVAL);
    r = reservation(list, 1, 0);
    r.domid = 1;
    cr_expect_eq(memop(0, XENMEM_claim_pages, &r), -XEN_EINVAL);
    r = (struct xen_memory_reservation){.nr_extents = 1, .domid = 77};
    cr_expect_eq(memop(0, XENMEM_claim_pages, &r), -XEN_ESRCH);
    cr_expect_eq(world_dom[1].claim_pages, 0);
}

Test(resource, bad_arguments)
{
    world_start(100, 80);
    uint64_t list[1];
    const struct xen_mem_acquire_resource good = {
        .domid = 1, .type = XENMEM_resource_grant_table, .nr_frames = 1, .frame_list.p = list};
    struct xen_mem_acquire_resource r = good;

    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), 0);
    r.pad = 1;
    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL);
    r = good;
    r.id = XENMEM_resource_grant_table_id_status + 1;
    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL);
    r = good;
    r.domid = 0;
    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EPERM, "one's own");
    r.domid = 77;
    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_ESRCH);
    r = good;
    r.frame_list.p = NULL;
    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL, "frames, but no list");
    r = good;
    r.frame = 1UL << 32;
    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL);
    r.frame = UINT32_MAX;
    cr_expect_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL, "no sum beyond 32 bits");
}
