/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors and descriptor tables. */
#include <criterion/criterion.h>

#include "space.h"

#define CODE64 0x00af9b000000ffffUL /* DPL 0 */
#define DATA   0x00cf93000000ffffUL
#define DPL3   (3UL << 45)

static bool okay(uint64_t d, uint64_t *after)
{
    bool ok = ptype_check_descriptor(&d);
    *after = d;
    return ok;
}

Test(descriptor, rules)
{
    uint64_t d;
    cr_assert(okay(0, &d) && d == 0);
    cr_assert(okay(0x7fff, &d), "absent: harmless");
    cr_assert(okay(CODE64, &d) && d == (CODE64 | DPL3), "ring 3 it is");
    cr_assert(okay(DATA | DPL3, &d) && d == (DATA | DPL3));
    cr_assert(!okay(0x0000890000000067UL, &d), "task state");
    cr_assert(!okay(0x0000820000000067UL, &d), "local descriptor table");
    cr_assert(!okay(0x00008e0000080000UL, &d), "interrupt gate");
    cr_assert(!okay(0x00008f0000080000UL, &d), "trap gate");
    cr_assert(okay(0x00008c0000080000UL, &d) && d & DPL3, "call gate to the guest's own segment");
    cr_assert(okay(0x0000ec0000070000UL, &d), "to its local table");
    cr_assert(!okay(0x0000ec00e0080000UL, &d), "to the hypervisor's code");
    cr_assert(okay(0x0000ec00e0330000UL, &d), "to the flat code segment it is lent");
    cr_assert(!okay(0x0000ec2000080000UL, &d), "reserved bits");
}

Test(gdt, set_replace_drop)
{
    world_start(300, 100);
    struct vcpu *v = &world_vcpu[1];
    uint64_t list[14];

    for (unsigned i = 0; i < 14; i++)
        list[i] = world_page(1).n;
    world_at(MFN(list[0]))[1] = CODE64;
    cr_assert_eq(settle(op_set_gdt(v, GVA((uint64_t)list), 513)), 0);
    cr_assert_eq(v->gdt_count, 2);
    cr_assert_eq(world_at(MFN(list[0]))[1], CODE64 | DPL3);
    cr_assert_eq(world_type(MFN(list[1])), PT_SEGDESC);
    cr_assert_eq(world_audit(0), 0);
    world_at(MFN(list[2]))[100] = 0x0000890000000067UL;
    uint64_t bad[2] = {list[0], list[2]};
    cr_assert_eq(settle(op_set_gdt(v, GVA((uint64_t)bad), 1024)), -XEN_EINVAL);
    cr_assert_eq(v->gdt_count, 2, "the old one stays");
    cr_assert_eq(world_audit(0), 0);
    world_at(MFN(list[2]))[100] = 0;
    cr_assert_eq(settle(op_set_gdt(v, GVA((uint64_t)list), 7168)), 0);
    cr_assert_eq(v->gdt_count, 14);
    cr_assert_eq(settle(op_set_gdt(v, GVA((uint64_t)list), 7169)), -XEN_EINVAL);
    cr_assert_eq(settle(op_set_gdt(v, GVA(0), 8)), -XEN_EFAULT);
    list[0] = world_page(2).n;
    cr_assert_eq(settle(op_set_gdt(v, GVA((uint64_t)list), 8)), -XEN_EINVAL, "another's");
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(settle(op_set_gdt(v, GVA((uint64_t)list), 0)), 0, "none");
    cr_assert_eq(v->gdt_count, 0);
    cr_assert_eq(world_audit(0), 0);
}

Test(gdt, update_descriptor)
{
    world_start(300, 100);
    struct vcpu *v = &world_vcpu[1];
    uint64_t gdt = world_page(1).n;
    struct space s = space_make(1);

    cr_assert_eq(settle(op_set_gdt(v, GVA((uint64_t)&gdt), 512)), 0);
    cr_assert_eq(space_pin(1, s.l1, 1), 0);
    cr_assert_eq(op_update_descriptor(v, PADDR((gdt << 12) + 40), CODE64), 0);
    cr_assert_eq(world_at(MFN(gdt))[5], CODE64 | DPL3);
    cr_assert_eq(op_update_descriptor(v, PADDR((gdt << 12) + 40), 0x0000890000000067UL),
                 -XEN_EINVAL);
    cr_assert_eq(op_update_descriptor(v, PADDR((gdt << 12) + 41), CODE64), -XEN_EINVAL);
    cr_assert_eq(op_update_descriptor(v, PADDR((s.data.n << 12) + 8), DATA), 0,
                 "a page that is none yet");
    cr_assert_eq(world_at(s.data)[1], DATA | DPL3);
    cr_assert_eq(op_update_descriptor(v, PADDR(s.l1.n << 12), DATA), -XEN_EINVAL, "a page table");
    cr_assert_eq(op_update_descriptor(v, PADDR(8), DATA), -XEN_EINVAL);
    cr_assert_eq(world_update(1, (gdt << 12) + 40, 0, DOMID_SELF), -XEN_EINVAL,
                 "nor by mmu_update");
    world_at(s.l2)[0] = world_pte(MFN(gdt), SPACE_FLAGS);
    cr_assert_eq(space_pin(1, s.l2, 2), -XEN_EINVAL, "nor as a page table");
    cr_assert_eq(world_audit(0), 0);
}

Test(ldt, set)
{
    world_start(300, 100);
    struct vcpu *v = &world_vcpu[1];
    cr_assert_eq(world_ext(1, MMUEXT_SET_LDT, 0x10000, 64, DOMID_SELF), 0);
    cr_assert(v->ldt_base.a == 0x10000 && v->ldt_entries == 64);
    cr_assert_eq(world_ext(1, MMUEXT_SET_LDT, 0x10008, 64, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_ext(1, MMUEXT_SET_LDT, 0x10000, 8193, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_ext(1, MMUEXT_SET_LDT, 0xffff820000000000UL, 1, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_ext(1, MMUEXT_SET_LDT, 0x7ffffffff000UL, 513, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_ext(1, MMUEXT_SET_LDT, 0, 0, DOMID_SELF), 0);
    cr_assert_eq(v->ldt_entries, 0);
}
