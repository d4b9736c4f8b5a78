/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries: mmu_update, update_va_mapping, emulated writes, grants' mappings, the other mmuext_ops.
 */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/grant.h>

#include "space.h"

static struct space s;

/* Guest 1 runs on a pinned space. */
static void start(void)
{
    world_start(300, 100);
    s = space_make(1);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], s.l4, false), 0);
}
static uint64_t entry(unsigned page)
{
    return world_at(s.l1)[space_index(1) + page];
}
static long set(unsigned page, uint64_t val)
{
    return world_update(1, space_l1e(&s, page), val, DOMID_SELF);
}

Test(flags, what_the_guest_reads_back, .init = start)
{
    mfn_t m = world_page(1);
    cr_assert_eq(set(1, world_pte(m, PTE_PRESENT | PTE_RW)), 0);
    cr_assert_eq(entry(1), world_pte(m, PTE_PRESENT | PTE_RW | PTE_USER | PTE_KERNEL));
    cr_assert_eq(set(1, entry(1) | PTE_ACCESSED), 0, "and may write back");
    cr_assert_eq(entry(1),
                 world_pte(m, PTE_PRESENT | PTE_RW | PTE_USER | PTE_KERNEL | PTE_ACCESSED));
    cr_assert_eq(set(1, world_pte(m, SPACE_FLAGS | PTE_GLOBAL | PTE_NX | PTE_AVAIL | PTE_DIRTY)),
                 0);
    cr_assert_eq(entry(1), world_pte(m, SPACE_FLAGS | PTE_NX | PTE_AVAIL | PTE_DIRTY));
    cr_assert_eq(set(1, 0xdeadbeef00ffe), 0, "an absent entry is the guest's own affair");
    cr_assert_eq(entry(1), 0xdeadbeef00ffe);
    cr_assert_eq(world_audit(0), 0);
}

Test(flags, refused, .init = start)
{
    mfn_t m = world_page(1);
    cr_assert_eq(set(1, world_pte(m, SPACE_FLAGS | PTE_PWT)), -XEN_EINVAL);
    cr_assert_eq(set(1, world_pte(m, SPACE_FLAGS | PTE_PCD)), -XEN_EINVAL);
    cr_assert_eq(set(1, world_pte(m, SPACE_FLAGS | PTE_PSE)), -XEN_EINVAL);
    uint64_t l2e = (s.l2.n << PAGE_SHIFT) + 8;
    mfn_t t = world_page(1);
    cr_assert_eq(world_update(1, l2e, world_pte(t, SPACE_FLAGS | PTE_PSE), DOMID_SELF),
                 -XEN_EINVAL);
    cr_assert_eq(world_update(1, l2e, world_pte(t, SPACE_FLAGS | PTE_GLOBAL), DOMID_SELF),
                 -XEN_EINVAL);
    cr_assert_eq(entry(1), 0);
    for (unsigned i = 256; i < 272; i++)
        cr_assert_eq(world_update(1, (s.l4.n << PAGE_SHIFT) + 8 * i, 0, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_update(1, (s.l4.n << PAGE_SHIFT) + 8 * 255, 0, DOMID_SELF), 0);
    cr_assert_eq(world_update(1, (s.l4.n << PAGE_SHIFT) + 8 * 272, 0, DOMID_SELF), 0);
    cr_assert_eq(world_audit(0), 0);
}

Test(update, references_move, .init = start)
{
    mfn_t a = world_page(1), b = world_page(1);
    cr_assert_eq(set(1, world_pte(a, SPACE_FLAGS)), 0);
    cr_assert_eq(set(2, world_pte(a, PTE_PRESENT)), 0);
    cr_assert_eq(world_refs(a), 3);
    cr_assert_eq(world_type_count(a), 1);
    cr_assert_eq(set(1, world_pte(b, SPACE_FLAGS)), 0, "swap");
    cr_assert_eq(world_type_count(a), 0);
    cr_assert_eq(world_type_count(b), 1);
    cr_assert_eq(set(1, world_pte(b, PTE_PRESENT | PTE_USER)), 0, "write-protect");
    cr_assert_eq(world_type_count(b), 0);
    cr_assert_eq(world_refs(b), 2);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(set(1, world_pte(b, SPACE_FLAGS)), 0);
    cr_assert_eq(world_type_count(b), 1);
    cr_assert_eq(set(1, 0), 0);
    cr_assert_eq(set(2, 0), 0);
    cr_assert_eq(world_refs(a), 1);
    cr_assert_eq(world_refs(b), 1);
    cr_assert_eq(world_audit(0), 0);
}

/* A frame that the guest gave back can stay mapped, but not be mapped again. */
Test(update, released_frame, .init = start)
{
    mfn_t a = world_page(1);
    cr_assert_eq(set(1, world_pte(a, SPACE_FLAGS)), 0);
    cr_assert(frame_release_domain(&world_dom[1], frame_of(a)));
    cr_assert_eq(set(2, world_pte(a, PTE_PRESENT)), -XEN_EBUSY);
    cr_assert_eq(set(1, entry(1) | PTE_DIRTY), 0);
    cr_assert_eq(world_audit(0), 0);
    uint64_t before = frame_free_count();
    cr_assert_eq(set(1, 0), 0);
    cr_assert_eq(frame_free_count(), before + 1);
    cr_assert_eq(world_audit(0), 0);
}

Test(update, upper_levels, .init = start)
{
    mfn_t t = world_page(1), t2 = world_page(1), p = world_page(1);
    uint64_t l2e = (s.l2.n << PAGE_SHIFT) + 8 * 3;
    world_at(t)[9] = world_pte(p, SPACE_FLAGS);
    cr_assert_eq(world_update(1, l2e, world_pte(t, PTE_PRESENT | PTE_RW), DOMID_SELF), 0);
    cr_assert_eq(world_at(s.l2)[3], world_pte(t, SPACE_FLAGS), "USER is added");
    cr_assert_eq(world_type(t), PT_L1);
    cr_assert_eq(world_type_count(p), 1);
    cr_assert_eq(world_update(1, l2e, world_pte(t, PTE_PRESENT | PTE_AVAIL), DOMID_SELF), 0,
                 "flags only");
    cr_assert_eq(world_type_count(t), 1);
    cr_assert_eq(world_update(1, l2e, world_pte(t2, SPACE_FLAGS), DOMID_SELF), 0);
    cr_assert_eq(world_type_count(t), 0);
    cr_assert_eq(world_type_count(p), 0);
    cr_assert_eq(world_update(1, l2e, world_pte(s.data, SPACE_FLAGS), DOMID_SELF), -XEN_EINVAL,
                 "writable page");
    cr_assert_eq(world_update(1, l2e, 0, DOMID_SELF), 0);
    cr_assert_eq(world_audit(0), 0);
}

Test(update, commands, .init = start)
{
    mfn_t m = world_page(1);
    world_at(s.l1)[space_index(1) + 1] = 0;
    cr_assert_eq(set(1, world_pte(m, SPACE_FLAGS | PTE_ACCESSED | PTE_DIRTY)), 0);
    cr_assert_eq(world_update(1, space_l1e(&s, 1) | MMU_PT_UPDATE_PRESERVE_AD,
                              world_pte(m, SPACE_FLAGS), DOMID_SELF),
                 0);
    cr_assert_eq(entry(1), world_pte(m, SPACE_FLAGS | PTE_ACCESSED | PTE_DIRTY));
    cr_assert_eq(set(1, world_pte(m, SPACE_FLAGS)), 0);
    cr_assert_eq(entry(1), world_pte(m, SPACE_FLAGS), "NORMAL stores what it is given");
    cr_assert_eq(world_update(1, m.n << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 0x77, DOMID_SELF), 0);
    cr_assert_eq(arch_m2p_get(m).n, 0x77);
    mfn_t other = world_page(2);
    cr_assert_eq(world_update(1, other.n << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 0x77, DOMID_SELF),
                 -XEN_EINVAL);
    cr_assert_eq(world_update(1, space_l1e(&s, 1) | 4, 0, DOMID_SELF), -XEN_ENOSYS);
    /* a page that is no table: an ordinary write */
    mfn_t plain = world_page(1);
    cr_assert_eq(world_update(1, (plain.n << PAGE_SHIFT) + 16, 0x1234, DOMID_SELF), 0);
    cr_assert_eq(world_at(plain)[2], 0x1234);
    cr_assert_eq(world_update(1, (other.n << PAGE_SHIFT) + 16, 0x1234, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_update(1, ~7UL, 0x1234, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_audit(0), 0);
}

/* The table is known by then, and ordinary requests go another way. */
Test(update, commands_behind_an_ordinary_update, .init = start)
{
    const mfn_t m = world_page(1);
    const uint64_t at = space_l1e(&s, 1), val = world_pte(m, SPACE_FLAGS);
    const uint64_t used = val | PTE_ACCESSED | PTE_DIRTY;
    struct mmu_update u[2] = {{at, used}, {at | MMU_PT_UPDATE_PRESERVE_AD, val}};

    world_at(s.l1)[space_index(1) + 1] = 0;
    cr_assert_eq(op_mmu_update(&world_vcpu[1], GVA((uint64_t)u), 2, GVA(0), DOMID_SELF), 0);
    cr_assert_eq(entry(1), used);
    u[1] = (struct mmu_update){s.l1.n << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 0x78};
    cr_assert_eq(op_mmu_update(&world_vcpu[1], GVA((uint64_t)u), 2, GVA(0), DOMID_SELF), 0);
    cr_assert_eq(arch_m2p_get(s.l1).n, 0x78);
    u[1] = (struct mmu_update){at | 4, 0};
    cr_assert_eq(op_mmu_update(&world_vcpu[1], GVA((uint64_t)u), 2, GVA(0), DOMID_SELF),
                 -XEN_ENOSYS);
    cr_assert_eq(entry(1), used);
    cr_assert_eq(world_audit(0), 0);
}

Test(update, batch_counts_what_is_done, .init = start)
{
    struct mmu_update u[1300];
    uint32_t done = 99;
    mfn_t m = world_page(1);
    for (unsigned i = 0; i < 1300; i++)
        u[i] = (struct mmu_update){space_l1e(&s, 1), world_pte(i % 2 ? m : s.data, SPACE_FLAGS)};
    cr_assert_eq(settle(op_mmu_update(&world_vcpu[1], GVA((uint64_t)u), 1300, GVA((uint64_t)&done),
                                      DOMID_SELF)),
                 0);
    cr_assert_eq(done, 1300);
    cr_assert_gt(world_restarts, 2);
    u[700].val = world_pte(s.l1, SPACE_FLAGS);
    cr_assert_eq(settle(op_mmu_update(&world_vcpu[1], GVA((uint64_t)u), 1300, GVA((uint64_t)&done),
                                      DOMID_SELF)),
                 -XEN_EBUSY);
    cr_assert_eq(done, 700);
    host_fault_in = 8;
    cr_assert_eq(settle(op_mmu_update(&world_vcpu[1], GVA((uint64_t)u), 1300, GVA(0), DOMID_SELF)),
                 -XEN_EFAULT);
    host_fault_in = -1;
    cr_assert_eq(settle(op_mmu_update(&world_vcpu[1], GVA(0), 0, GVA(0), DOMID_SELF)), 0,
                 "nothing to do");
    for (unsigned i = 0; i < 2; i++)
        cr_assert_eq(settle(op_mmu_update(&world_vcpu[1], GVA(0xffff800000000000UL - i * 16), 2,
                                          GVA(0), DOMID_SELF)),
                     -XEN_EFAULT, "no request is looked at where the hypervisor is");
    cr_assert_eq(world_audit(0), 0);
}

static long update_two(struct mmu_update a, struct mmu_update b)
{
    struct mmu_update u[] = {a, b, a};
    return settle(op_mmu_update(&world_vcpu[1], GVA((uint64_t)u), 3, GVA(0), DOMID_SELF));
}

/* Each by the rules of its own level, whatever stood before it in the batch. */
Test(update, batch_of_tables_of_two_levels, .init = start)
{
    const uint64_t l2e = (s.l2.n << PAGE_SHIFT) + 8 * (space_index(2) + 1);
    const struct mmu_update entry = {space_l1e(&s, 1), world_pte(s.data, SPACE_FLAGS)},
                            table = {l2e, world_pte(s.l1, SPACE_FLAGS)};
    const uint64_t l2_was = world_at(s.l2)[space_index(1) + 1];

    cr_assert_eq(update_two(entry, table), 0);
    cr_assert_eq(world_at(s.l1)[space_index(1) + 1], world_pte(s.data, SPACE_FLAGS));
    cr_assert_eq(world_at(s.l2)[space_index(1) + 1], l2_was);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_lt(update_two(table, (struct mmu_update){l2e + 8, world_pte(s.data, SPACE_FLAGS)}), 0,
                 "a page that is written to is no table");
    cr_assert_eq(update_two(table, (struct mmu_update){l2e + 8, world_pte(s.l1, SPACE_FLAGS)}), 0);
    cr_assert_eq(world_audit(0), 0);
}

/* A single request of a guest's own is a path of its own. */
Test(update, a_single_one, .init = start)
{
    struct vcpu *v = &world_vcpu[1];
    struct space z = space_make(2);
    uint32_t done = 9;
    struct mmu_update u = {space_l1e(&s, 1), world_pte(s.l1, SPACE_FLAGS)};
    const gva_t at = GVA((uint64_t)&u), pdone = GVA((uint64_t)&done);
    mfn_t m = world_page(1);

    cr_assert_eq(op_mmu_update(v, at, 1, pdone, DOMID_SELF), -XEN_EBUSY);
    cr_assert_eq(done, 0);
    u.val = world_pte(m, SPACE_FLAGS & ~(PTE_PRESENT | PTE_RW));
    cr_assert_eq(op_mmu_update(v, at, 1, pdone, DOMID_SELF), 0);
    cr_assert_eq(done, 1);
    u.val = world_pte(m, SPACE_FLAGS);
    cr_assert_eq(op_mmu_update(v, at, 1, GVA(0), DOMID_SELF), 0);
    cr_assert_eq(world_type_count(m), 1, "present, with the frame that was named before");
    cr_assert_eq(world_audit(0), 0);
    for (long i = 0; i < 2; i++) {
        host_fault_in = i;
        cr_assert_eq(op_mmu_update(v, at, 1, pdone, DOMID_SELF), -XEN_EFAULT);
    }
    cr_assert_eq(space_pin(2, z.l4, 4), 0);
    u.ptr = space_l1e(&z, 1);
    cr_assert_eq(op_mmu_update(v, at, 1, pdone, DOMID_SELF), -XEN_EINVAL, "another's table");
    u.ptr = space_l1e(&s, 1);
    world_dom[1].dying = 1;
    cr_assert_eq(op_mmu_update(v, at, 1, pdone, DOMID_SELF), -XEN_ESRCH);
    world_dom[1].dying = 0;
    cr_assert_eq(world_audit(0), 0);
}

Test(foreign, who_may_map_what, .init = start)
{
    struct space z = space_make(0);
    mfn_t hyp = frame_alloc(0, 0);
    frame_share(hv_domain, hyp);
    cr_assert_eq(space_pin(0, z.l4, 4), 0);
    uint64_t at = space_l1e(&z, 1), val = world_pte(s.data, SPACE_FLAGS);
    cr_assert_eq(world_update(0, at, val, DOMID_SELF), -XEN_EBUSY);
    cr_assert_eq(world_update(0, at, val, 1), 0);
    cr_assert_eq(world_type_count(s.data), 2);
    cr_assert_eq(world_update(0, at, world_pte(s.l1, SPACE_FLAGS), 1), -XEN_EBUSY,
                 "a table, writable");
    cr_assert_eq(world_update(0, at, world_pte(s.l1, PTE_PRESENT), 1), 0);
    cr_assert_eq(world_type_count(s.data), 1);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), world_pte(z.data, PTE_PRESENT), 0), -XEN_EPERM);
    cr_assert_eq(world_update(0, at, world_pte(hyp, SPACE_FLAGS), DOMID_XEN), -XEN_EBUSY);
    cr_assert_eq(world_update(0, at, world_pte(hyp, PTE_PRESENT), DOMID_XEN), 0);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), world_pte(hyp, PTE_PRESENT), DOMID_XEN),
                 -XEN_EPERM);
    cr_assert_eq(world_update(0, at, world_pte(MFN(HOST_IO_MFN), SPACE_FLAGS | PTE_PCD), DOMID_IO),
                 0, "devices");
    cr_assert_eq(world_update(0, at, world_pte(MFN(HOST_IO_MFN + 1), SPACE_FLAGS), DOMID_SELF), 0);
    cr_assert_eq(
        world_update(1, space_l1e(&s, 1), world_pte(MFN(HOST_IO_MFN), SPACE_FLAGS), DOMID_IO),
        -XEN_EPERM);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), PTE_MFN_MASK | 1, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_update(0, at, world_pte(z.data, SPACE_FLAGS), DOMID_IO), -XEN_EBUSY,
                 "RAM is no device");
    cr_assert_eq(world_update(0, at, val, 7), -XEN_ESRCH);
    cr_assert_eq(world_audit(0), 0);
}

Test(va, update_and_flush, .init = start)
{
    struct vcpu *v = &world_vcpu[1];
    mfn_t m = world_page(1);
    const uint64_t val = world_pte(m, SPACE_FLAGS), va = SPACE_VA + PAGE_SIZE;
    unsigned full = host_log.flushes;
    uint64_t mask = 1;

    cr_assert_eq(op_update_va_mapping(v, GVA(va), val, 0), 0);
    cr_assert_eq(entry(1), val);
    cr_assert_eq(host_log.flushes, full);
    cr_assert_eq(op_update_va_mapping(v, GVA(va), 0, UVMF_TLB_FLUSH | UVMF_LOCAL), 0);
    cr_assert_eq(host_log.flushes, full + 1);
    cr_assert_eq(op_update_va_mapping(v, GVA(va), val, UVMF_INVLPG | UVMF_ALL), 0);
    cr_assert_eq(host_log.page_flushes, 1);
    cr_assert_eq(op_update_va_mapping(v, GVA(va), val, UVMF_TLB_FLUSH | (uint64_t)&mask), 0);
    cr_assert_eq(host_log.flushes, full + 2);
    cr_assert_eq(op_update_va_mapping(v, GVA(va + (1UL << 30)), val, 0), -XEN_EINVAL,
                 "no table there");
    cr_assert_eq(op_update_va_mapping(v, GVA(0xffff830000000000UL), val, 0), -XEN_EINVAL);
    cr_assert_eq(op_update_va_mapping(v, GVA(va), world_pte(s.l1, SPACE_FLAGS), 0), -XEN_EBUSY);
    cr_assert_eq(op_update_va_mapping_otherdomain(v, GVA(va), val, 0, 0), -XEN_EPERM);
    cr_assert_eq(op_update_va_mapping_otherdomain(v, GVA(va), val, 0, 1), -XEN_ESRCH,
                 "not foreign");
    cr_assert_eq(op_update_va_mapping_otherdomain(v, GVA(va), val, 0, DOMID_SELF), 0);
    cr_assert_eq(world_audit(0), 0);
}

Test(emulate, partial_and_compared_writes, .init = start)
{
    struct vcpu *v = &world_vcpu[1];
    const unsigned off = (space_index(1) + 1) * 8;
    mfn_t m = world_page(1);
    uint64_t old = 0;

    cr_assert_eq(ptype_emulate_write(v, s.l1, off, world_pte(m, SPACE_FLAGS), 8, false, &old), 0);
    cr_assert_eq(entry(1), world_pte(m, SPACE_FLAGS));
    cr_assert_eq(ptype_emulate_write(v, s.l1, off, PTE_PRESENT | PTE_USER, 1, false, &old), 0,
                 "one byte");
    cr_assert_eq(old, SPACE_FLAGS);
    cr_assert_eq(entry(1), world_pte(m, PTE_PRESENT | PTE_USER));
    cr_assert_eq(world_type_count(m), 0);
    old = 5;
    cr_assert_eq(ptype_emulate_write(v, s.l1, off, 0, 8, true, &old), 0);
    cr_assert_eq(old, world_pte(m, PTE_PRESENT | PTE_USER), "differs: not stored");
    cr_assert_eq(entry(1), old);
    cr_assert_eq(ptype_emulate_write(v, s.l1, off, 0, 8, true, &old), 0);
    cr_assert_eq(entry(1), 0);
    cr_assert_eq(ptype_emulate_write(v, s.l1, off + 4, 1, 8, false, &old), -XEN_EINVAL,
                 "across entries");
    cr_assert_eq(ptype_emulate_write(v, s.l2, 0, 0, 8, false, &old), -XEN_EINVAL, "only level 1");
    cr_assert_eq(ptype_emulate_write(v, s.data, 0, 1, 8, false, &old), -XEN_EINVAL, "no table");
    cr_assert_eq(ptype_emulate_write(v, s.l1, off, world_pte(s.l2, SPACE_FLAGS), 8, false, &old),
                 -XEN_EBUSY);
    cr_assert_eq(world_audit(0), 0);
}

/* As core/grant does it: references first, then the entry; the other way round for unmap. */
Test(grant, install_and_remove, .init = start)
{
    struct vcpu *v = &world_vcpu[1];
    mfn_t m = world_page(2);
    struct frame *f = frame_get_mfn(m, &world_dom[2]);
    const uint64_t va = SPACE_VA + PAGE_SIZE;

    cr_assert_eq(ptype_get_writable(f), 0);
    cr_assert_eq(ptype_grant_install(v, va, m, GNTMAP_host_map), 0);
    cr_assert_eq(entry(1),
                 world_pte(m, SPACE_FLAGS | PTE_KERNEL | PTE_NX | PTE_ACCESSED | PTE_DIRTY));
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(set(1, entry(1) & ~PTE_RW), -XEN_EBUSY, "not the guest's to change");
    cr_assert_eq(ptype_grant_remove(v, va, m, GNTMAP_host_map | GNTMAP_readonly, GVA(0)),
                 -XEN_EINVAL);
    cr_assert_eq(ptype_grant_remove(v, va, s.data, GNTMAP_host_map, GVA(0)), -XEN_EINVAL);
    cr_assert_eq(ptype_grant_remove(v, va + PAGE_SIZE, m, GNTMAP_host_map, GVA(0)), -XEN_EINVAL);
    cr_assert_eq(ptype_grant_remove(v, va, m, GNTMAP_host_map, GVA(SPACE_VA)), 0,
                 "replaced by SPACE_VA's entry");
    cr_assert_eq(entry(1) & PTE_MFN_MASK, world_pte(s.data, 0));
    cr_assert_eq(entry(0), 0);
    ptype_put_writable(f);
    frame_put(f);
    cr_assert_eq(world_audit(0), 0);

    f = frame_get_mfn(m, &world_dom[2]);
    const unsigned flags = GNTMAP_host_map | GNTMAP_readonly | GNTMAP_contains_pte |
                           GNTMAP_application_map | 5u << _GNTMAP_guest_avail0;
    cr_assert_eq(ptype_grant_install(v, space_l1e(&s, 1), m, flags), 0,
                 "over an entry: that is dropped");
    cr_assert_eq(entry(1), world_pte(m, PTE_PRESENT | PTE_USER | PTE_NX | PTE_ACCESSED | PTE_DIRTY |
                                            5UL << 9));
    cr_assert_eq(world_type_count(s.data), 0);
    cr_assert_eq(ptype_grant_remove(v, space_l1e(&s, 1), m, flags, GVA(0)), 0);
    frame_put(f);
    cr_assert_eq(ptype_grant_install(v, s.l2.n << PAGE_SHIFT, m, flags), -XEN_EINVAL,
                 "not level 1");
    cr_assert_eq(ptype_grant_install(v, (m.n << PAGE_SHIFT), m, flags), -XEN_EINVAL, "not its own");
    cr_assert_eq(ptype_grant_install(v, space_l1e(&s, 1) + 1, m, flags), -XEN_EINVAL);
    cr_assert_eq(ptype_grant_install(v, 1UL << 60, m, GNTMAP_host_map), -XEN_EINVAL);
    cr_assert_eq(world_audit(0), 0);
}

Test(ext, flushes_and_pages, .init = start)
{
    mfn_t a = world_page(1), b = world_page(1);
    uint64_t mask = 1;
    unsigned full = host_log.flushes;

    world_at(a)[3] = 42;
    cr_assert_eq(world_ext(1, MMUEXT_COPY_PAGE, b.n, a.n, DOMID_SELF), 0);
    cr_assert_eq(world_at(b)[3], 42);
    cr_assert_eq(world_ext(1, MMUEXT_CLEAR_PAGE, b.n, 0, DOMID_SELF), 0);
    cr_assert_eq(world_at(b)[3], 0);
    cr_assert_eq(world_ext(1, MMUEXT_CLEAR_PAGE, s.l1.n, 0, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_ext(1, MMUEXT_COPY_PAGE, b.n, ~0UL, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_ext(0, MMUEXT_CLEAR_PAGE, a.n, 0, 1), 0, "by the builder");
    cr_assert_eq(world_at(a)[3], 0);
    cr_assert_eq(world_ext(1, MMUEXT_TLB_FLUSH_LOCAL, 0, 0, DOMID_SELF), 0);
    cr_assert_eq(world_ext(1, MMUEXT_TLB_FLUSH_ALL, 0, 0, DOMID_SELF), 0);
    cr_assert_eq(world_ext(1, MMUEXT_TLB_FLUSH_MULTI, 0, (uint64_t)&mask, DOMID_SELF), 0);
    cr_assert_eq(host_log.flushes, full + 3);
    cr_assert_eq(world_ext(1, MMUEXT_INVLPG_LOCAL, SPACE_VA, 0, DOMID_SELF), 0);
    cr_assert_eq(world_ext(1, MMUEXT_INVLPG_ALL, SPACE_VA, 0, DOMID_SELF), 0);
    cr_assert_eq(world_ext(1, MMUEXT_INVLPG_MULTI, SPACE_VA, (uint64_t)&mask, DOMID_SELF), 0);
    cr_assert_eq(host_log.page_flushes, 3);
    cr_assert_eq(world_ext(1, MMUEXT_TLB_FLUSH_MULTI, 0, 0, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_ext(1, MMUEXT_FLUSH_CACHE, 0, 0, DOMID_SELF), -XEN_EACCES);
    cr_assert_eq(world_ext(0, MMUEXT_FLUSH_CACHE, 0, 0, DOMID_SELF), 0);
    cr_assert_eq(world_ext(0, MMUEXT_TLB_FLUSH_LOCAL, 0, 0, 1), -XEN_EPERM);
    cr_assert_eq(world_ext(1, MMUEXT_MARK_SUPER, 0, 0, DOMID_SELF), -XEN_EOPNOTSUPP);
    cr_assert_eq(world_ext(1, 14, 0, 0, DOMID_SELF), -XEN_ENOSYS);
    cr_assert_eq(world_audit(0), 0);
}
