/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu: the rules that keep a guest from writing its own page tables: what mmu_update,
 * update_va_mapping and mmuext_op accept and refuse at each level, type and reference counts as a
 * guest can see them, pins, base pointers, TLB commands.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

#define REGION_SLOT 2
#define HOLE        ((void *)0x7f0000000000)
#define HV_ADDR     ((void *)0xffff830000000000)

static struct pt_region rg;

static uint64_t at(const void *va)
{
    return boot_mfn(va) << PAGE_SHIFT | (U64(va) & ~PAGE_MASK);
}

static void test_l1_entries(void)
{
    char *data = page_get();
    uint64_t v;

    check_eq(pt_write(&rg.l1[0], pte_of(data, PT_RW)), 0, "L1: map own page writable");
    check_eq((long)probe_write(pt_region_va(&rg, 0), 0x1234), 0, "it can be written");
    check_eq((long)*(uint64_t *)data, 0x1234, "and is the same page");
    check_eq((long)(rg.l1[0] & (PTE_P | PTE_W | PTE_U)), PTE_P | PTE_W | PTE_U, "entry reads back");
    check_eq(pt_write(&rg.l1[0], pte_of(data, PT_RO)), 0, "L1: same page read-only");
    pt_ext(MMUEXT_INVLPG_LOCAL, rg.va, 0);
    check_eq((long)probe_write(pt_region_va(&rg, 0), 1), (long)TRAP_FAULT(TRAP_PF, 3),
             "writing faults: protection");
    check_eq((long)probe_read(pt_region_va(&rg, 0), &v), 0, "reading works");
    check_eq(pt_write(&rg.l1[0], 0), 0, "L1: clear");
    pt_ext(MMUEXT_INVLPG_LOCAL, rg.va, 0);
    check_eq((long)probe_read(pt_region_va(&rg, 0), &v), (long)TRAP_FAULT(TRAP_PF, 0),
             "reading faults: not present");
    check_eq(pt_write(&rg.l1[1], 0x1234567000 | PTE_W), 0, "a not-present entry may hold anything");
    check_eq(pt_write(&rg.l1[1], 0), 0, "and is cleared again");
    check_eq(pt_write(&rg.l1[0], pte_of(data, PT_RW & ~PTE_U)), 0, "L1: supervisor mapping");
    check_eq((long)probe_read(pt_region_va(&rg, 0), &v), 0, "is readable: U is set for the guest");
    check_eq(pt_write(&rg.l1[0], pte_of(data, PT_RW | PTE_NX)), 0, "L1: no-execute");
    check_eq(pt_write(&rg.l1[0], 0), 0, "L1: clear");
}

static void test_l1_refused(void)
{
    char *data = page_get();
    /* Only who may have devices chooses cache attributes. */
    long uncached = boot_is_dom0() ? 0 : -EINVAL;

    check_eq(pt_write(&rg.l1[0], pte_of(rg.l1, PT_RW)), -EBUSY, "L1: writable mapping of an L1");
    check_eq(pt_write(&rg.l1[0], pte_of(rg.l2, PT_RW)), -EBUSY, "of an L2");
    check_eq(pt_write(&rg.l1[0], pte_of(rg.l3, PT_RW)), -EBUSY, "of an L3");
    check_eq(pt_write(&rg.l1[0], pte_of((void *)boot_info->pt_base, PT_RW)), -EBUSY, "of the L4");
    check_eq(pt_write(&rg.l1[0], pte_of(rg.l1, PT_RO)), 0, "read-only mapping of an L1 is fine");
    check_eq(pt_write(&rg.l1[0], 0), 0, "clear it");
    check_eq(pt_write(&rg.l1[0], 0x0 | PT_RW), boot_is_dom0() ? 0 : -EPERM,
             "only the initial domain may map frame 0 (not RAM)");
    check_eq(pt_write(&rg.l1[0], 0x100000 | PT_RW), -EBUSY, "L1: hypervisor's own frame");
    check_eq(pt_write(&rg.l1[0], 0x100000 | PT_RO), -EBUSY, "L1: the same read-only");
    check_eq(pt_write(&rg.l1[0], (1ull << 51) | PT_RW), -EPERM, "L1: frame beyond memory");
    check_eq(pt_write(&rg.l1[0], pte_of(data, PT_RW) | 1ull << 52), 0, "L1: available bit 52");
    check_eq(pt_write(&rg.l1[0], pte_of(data, PT_RW | PTE_PS)), uncached, "L1: bit 7 is PAT");
    check_eq(pt_write(&rg.l1[0], pte_of(data, PT_RW | PTE_G)), 0, "L1: global");
    check_eq(pt_write(&rg.l1[0], pte_of(data, PT_RW | PTE_PCD)), uncached, "L1: uncached");
    check_eq(pt_write(&rg.l1[0], 0), 0, "clear it");
}

static void test_upper_refused(void)
{
    uint64_t *l1 = pt_page(), *l2 = pt_page();
    char *writable = page_get();
    uint64_t l2e = rg.l2[0], l3e = rg.l3[0];

    check_eq(pt_write(&rg.l2[1], pte_of(writable, PT_RW)), -EINVAL, "L2: page mapped writable");
    check_eq(pt_write(&rg.l2[1], pte_of(rg.l3, PT_RW)), -EINVAL, "L2: an L3 as L1");
    check_eq(pt_write(&rg.l2[1], pte_of(rg.l2, PT_RW)), -EINVAL, "L2: itself");
    check_eq(pt_write(&rg.l2[1], pte_of(writable, PT_RW | PTE_PS)), -EINVAL, "L2: super page");
    check_eq(pt_write(&rg.l2[1], pte_of(l1, PT_RW | PTE_G)), -EINVAL, "L2: global");
    check_eq(pt_write(&rg.l2[1], 0x100000 | PT_RW), -EINVAL, "L2: hypervisor's frame");
    check_eq(pt_write(&rg.l3[1], pte_of(l2, PT_RW | PTE_PS)), -EINVAL, "L3: super page");
    check_eq(pt_write(&rg.l3[1], pte_of(rg.l1, PT_RW)), -EINVAL, "L3: an L1 as L2");
    check_eq(pt_write(&rg.l3[1], pte_of(rg.l3, PT_RW)), -EINVAL, "L3: itself");
    check_eq(pt_write(rg.l4e + 1, pte_of(rg.l2, PT_RW)), -EINVAL, "L4: an L2 as L3");
    check_eq(pt_write(rg.l4e + 1, pte_of((void *)boot_info->pt_base, PT_RW)), -EINVAL,
             "L4: itself, writable");
    check_eq(pt_write((uint64_t *)boot_info->pt_base + 256, 0), -EINVAL,
             "L4: slot 256 is the hypervisor's");
    check_eq(pt_write((uint64_t *)boot_info->pt_base + 260, pte_of(rg.l3, PT_RW)), -EINVAL,
             "L4: slot 260 too");
    check_eq(pt_write((uint64_t *)boot_info->pt_base + 271, 0), -EINVAL, "L4: slot 271 too");
    check_eq(pt_write(&rg.l2[1], pte_of(l1, PT_RW)), 0, "L2: a fresh L1");
    check_eq(pt_write(&rg.l2[2], pte_of(l1, PT_RO)), 0, "L2: the same L1 again, read-only");
    check_eq(pt_write(&rg.l2[2], 0), 0, "away");
    check_eq(pt_write(&rg.l2[1], 0), 0, "and away");
    check(rg.l2[0] == l2e && rg.l3[0] == l3e, "other entries are untouched");
}

/* XSA-148 and XSA-182/212 neighbours: flags of a present entry changed by the fast path. */
static void test_flag_changes(void)
{
    uint64_t l2e = rg.l2[0];

    check_eq(pt_write(&rg.l2[0], l2e | PTE_PS), -EINVAL, "L2: PS on a live entry");
    check_eq(pt_write(&rg.l2[0], l2e & ~PTE_W), 0, "L2: drop W of a live entry");
    check_eq(pt_write(&rg.l2[0], l2e), 0, "and set it again");
    check_eq(pt_write(&rg.l2[0], l2e & ~(PTE_A | PTE_D)), 0, "L2: drop A and D");
    check_eq(pt_write(&rg.l2[0], l2e), 0, "restore");
}

static void test_linear(void)
{
    uint64_t *l4 = (uint64_t *)boot_info->pt_base;
    long ro = pt_write(&l4[REGION_SLOT + 1], pte_of(l4, PT_RO & ~PTE_W));
    uint64_t self = l4[REGION_SLOT + 1];

    /* Both answers are right: linear tables are an option of the hypervisor. */
    boot_printf("# read-only L4 self map: %ld\n", ro);
    check(ro == 0 || ro == -EINVAL, "L4: linear (self) mapping, read-only");
    if (ro)
        skip("L4: no linear tables here");
    else
        check_eq(pt_write(&l4[REGION_SLOT + 1], self | PTE_W), -EINVAL, "L4: W on a self map");
    pt_write(&l4[REGION_SLOT + 1], 0);
}

static void test_types(void)
{
    uint64_t *l1 = pt_page(), *plain = page_get(), bad[512] = {0};
    uint64_t *bad_l1;

    check_eq(pt_pin(1, plain), -EINVAL, "pin a page that is mapped writable");
    check_eq(pt_pin(1, l1), 0, "pin as L1");
    check_eq(pt_pin(1, l1), -EINVAL, "pin twice");
    check_eq(pt_pin(2, l1), -EINVAL, "pin an L1 as L2");
    check_eq(pt_rw(l1), -EBUSY, "writable mapping of a pinned L1");
    check_eq(pt_write(&l1[5], pte_of(plain, PT_RW)), 0, "update an entry of a pinned L1");
    check_eq(pt_unpin(l1), 0, "unpin");
    check_eq(pt_unpin(l1), -EINVAL, "unpin twice");
    check_eq(pt_rw(l1), 0, "now it may be mapped writable");
    l1[5] = 0;
    check_eq(pt_ro(l1), 0, "and read-only again");
    check_eq(pt_pin(2, l1), 0, "an empty page is a valid L2");
    check_eq(pt_unpin(l1), 0, "unpin");
    check_eq(pt_pin(3, l1), 0, "and a valid L3");
    check_eq(pt_unpin(l1), 0, "unpin");
    check_eq(pt_pin(4, l1), 0, "and a valid L4");
    check_eq(pt_unpin(l1), 0, "unpin");
    bad[7] = 0x100000 | PT_RW;
    bad_l1 = pt_page_with(bad);
    check_eq(pt_pin(1, bad_l1), -EBUSY, "pin an L1 that maps the hypervisor");
    check_eq(pt_rw(bad_l1), 0, "a failed pin leaves no type behind");
    bad[7] = pte_of(rg.l2, PT_RW);
    bad_l1 = pt_page_with(bad);
    check_eq(pt_pin(1, bad_l1), -EBUSY, "pin an L1 with a writable mapping of an L2");
    check_eq(pt_ext(MMUEXT_PIN_L1_TABLE, 0x100, 0), -EINVAL, "pin the hypervisor's frame");
    check_eq(pt_ext(MMUEXT_PIN_L1_TABLE, 1ull << 39, 0), -EINVAL, "pin a frame beyond memory");
}

/* Table content that is only found when the table is hooked up. */
static void test_promote(void)
{
    uint64_t content[512] = {0};
    uint64_t *l1, *data = page_get(), *l2;

    content[3] = pte_of(data, PT_RW);
    l1 = pt_page_with(content);
    check_eq(pt_write(&rg.l2[4], pte_of(l1, PT_RW)), 0, "hook up a filled L1");
    check_eq((long)probe_write((void *)(rg.va + 4 * 0x200000 + 3 * PAGE_SIZE), 0x100007), 0,
             "it maps");
    check_eq((long)data[0], 0x100007, "the right page");
    check_eq(pt_ro(data), 0, "drop one writable mapping");
    check_eq(pt_pin(1, data), -EINVAL, "the other still counts");
    check_eq(pt_write(&rg.l2[4], 0), 0, "unhook");
    check_eq(pt_pin(1, data), -EBUSY, "its content names the hypervisor's frame");
    check_eq(pt_rw(data), 0, "writable again");
    data[0] = 0;
    check_eq(pt_ro(data), 0, "read-only");
    check_eq(pt_pin(1, data), 0, "now it can become a table");
    check_eq(pt_unpin(data), 0, "and go back");
    content[3] = 0;
    content[0] = pte_of(l1, PT_RW);
    content[9] = pte_of(page_get(), PT_RW);
    l2 = pt_page_with(content);
    check_eq(pt_pin(2, l2), -EINVAL, "an L2 naming a writable page");
    check_eq(pt_rw(l1), 0, "releases what it had taken before");
}

static void test_update_arguments(void)
{
    static struct mmu_update u[4];
    unsigned done = 77;
    uint64_t data = pte_of(page_get(), PT_RW);

    for (int i = 0; i < 4; i++)
        u[i] = (struct mmu_update){.ptr = at(&rg.l1[16 + i]), .val = data};
    check_eq(hc_mmu_update(u, 4, &done, DOMID_SELF), 0, "batch of 4");
    check_eq(done, 4, "done count 4");
    u[2].val = pte_of(rg.l1, PT_RW);
    u[0].val = u[1].val = u[3].val = 0;
    check_eq(hc_mmu_update(u, 4, &done, DOMID_SELF), -EBUSY, "batch whose third is bad");
    check_eq(done, 2, "done count 2");
    check(rg.l1[17] == 0 && rg.l1[18] != 0 && rg.l1[19] != 0, "the fourth was not tried");
    u[2].val = 0;
    check_eq(hc_mmu_update(u, 4, NULL, DOMID_SELF), 0, "clear, without done count");
    check_eq(hc_mmu_update(u, 0, NULL, DOMID_SELF), 0, "empty batch");
    check_eq(hc_mmu_update(HOLE, 1, NULL, DOMID_SELF), -EFAULT, "list in a hole");
    check_eq(hc_mmu_update(HV_ADDR, 1, NULL, DOMID_SELF), -EFAULT, "list in hypervisor space");
    check_eq(of_nobody(hc_mmu_update(u, 1, NULL, 77)), -ESRCH, "foreign domain 77");
    check_eq(hc_mmu_update(u, 1, NULL, self_id()), -ESRCH, "itself named as foreign domain");
    check_eq(pt_update(at(rg.l1) + 4, 0), -ENOSYS, "entry address not aligned to 8");
    check_eq(pt_update(0x100000, 0), -EINVAL, "table in the hypervisor's frame");
    check_eq(pt_update(1ull << 50, 0), -EINVAL, "table beyond memory");
    check_eq(pt_update(at(&rg.l1[20]) | MMU_PT_UPDATE_PRESERVE_AD, data & ~(PTE_A | PTE_D)), 0,
             "PRESERVE_AD");
    check_eq(pt_update(at(&rg.l1[20]) | MMU_PT_UPDATE_NO_TRANSLATE, 0), 0, "NO_TRANSLATE");
    check_eq(pt_update(at(&rg.l1[20]), 0), 0, "clear");
}

/* MMU_NORMAL_PT_UPDATE also writes plain memory of the domain itself. */
static void test_update_plain(void)
{
    uint64_t *plain = page_get();

    check_eq(pt_write(&plain[3], 0xabcdef), 0, "update of a plain writable page");
    check_eq((long)plain[3], 0xabcdef, "writes the value");
}

static void test_machphys(void)
{
    void *page = page_get();
    uint64_t mfn = boot_mfn(page), pfn = boot_pfn(page);

    check_eq((long)boot_mfn_to_pfn(mfn), (long)pfn, "M2P names the pfn");
    check_eq(pt_update(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 0x7777), 0, "MACHPHYS_UPDATE");
    check_eq((long)boot_mfn_to_pfn(mfn), 0x7777, "shows");
    check_eq(pt_update(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, pfn), 0, "and back");
    check_eq(pt_update(0x100000 | MMU_MACHPHYS_UPDATE, 5), -EINVAL, "of the hypervisor's frame");
    check(probe_write((void *)(MACH2PHYS_VIRT_START + mfn * 8), 0) == TRAP_FAULT(TRAP_PF, 3),
          "the M2P is read-only");
}

static void test_va_mapping(void)
{
    char *page = page_get();
    uint64_t pte = pte_of(page, PT_RW);
    void *va = pt_region_va(&rg, 40);

    check_eq(hc_update_va_mapping(U64(va), pte, UVMF_NONE), 0, "update_va_mapping");
    check_eq((long)probe_write(va, 3), 0, "maps");
    check_eq(hc_update_va_mapping(U64(va), 0, UVMF_INVLPG), 0, "clear with invlpg");
    check_eq((long)probe_write(va, 3), (long)TRAP_FAULT(TRAP_PF, 2), "is gone");
    check_eq(hc_update_va_mapping(U64(va), pte, UVMF_TLB_FLUSH), 0, "map with full flush");
    check_eq(hc_update_va_mapping(U64(va), pte_of(rg.l1, PT_RW), UVMF_INVLPG), -EBUSY,
             "writable mapping of a table");
    check_eq(hc_update_va_mapping(U64(va), 0x100000 | PT_RW, 0), -EBUSY, "hypervisor's frame");
    check_eq(hc_update_va_mapping(0x7f0000000000, pte, 0), -EINVAL, "address without an L1");
    check_eq(hc_update_va_mapping(0xffff830000000000, pte, 0), -EINVAL, "hypervisor address");
    check_eq(hc_update_va_mapping(0x8000000000000000, pte, 0), -EINVAL, "non-canonical address");
    check_eq(hc_update_va_mapping(U64(va), 0, 3), 0, "unknown flush type is no flush");
    check_eq(hc_update_va_mapping(U64(va), 0, UVMF_INVLPG | UVMF_ALL), 0, "flush everywhere");
    check_eq(hc_update_va_mapping(U64(va), 0, UVMF_INVLPG | 0xffff830000000000), -EFAULT,
             "vCPU bitmap in hypervisor space");
    check_eq(of_nobody(hc_update_va_mapping_otherdomain(U64(va), pte, 0, 77)), -ESRCH,
             "otherdomain: no such domain");
    check_eq(hc_update_va_mapping_otherdomain(U64(va), pte, 0, DOMID_SELF), 0, "otherdomain: self");
    check_eq(hc_update_va_mapping(U64(va), 0, UVMF_INVLPG), 0, "clear");
}

static void test_base_pointers(void)
{
    uint64_t *l4 = (uint64_t *)boot_info->pt_base, *copy;
    uint64_t content[512];

    memcpy(content, l4, PAGE_SIZE);
    copy = pt_page_with(content);
    check_eq(pt_pin(4, copy), 0, "pin a copy of the L4");
    check_eq(pt_ext(MMUEXT_NEW_BASEPTR, boot_mfn(copy), 0), 0, "NEW_BASEPTR");
    check(boot_pte(rg.l1) != NULL, "the world goes on");
    check_eq(pt_unpin(copy), 0, "unpin while running on it");
    check_eq(pt_rw(copy), -EBUSY, "it stays a table");
    check_eq(pt_ext(MMUEXT_NEW_BASEPTR, boot_mfn(l4), 0), 0, "back");
    check_eq(pt_rw(copy), 0, "now it is free");
    check_eq(pt_ext(MMUEXT_NEW_BASEPTR, boot_mfn(rg.l3), 0), -EINVAL, "NEW_BASEPTR to an L3");
    check_eq(pt_ext(MMUEXT_NEW_BASEPTR, 0x100, 0), -EINVAL, "to the hypervisor's frame");
    check_eq(pt_ext(MMUEXT_NEW_USER_BASEPTR, boot_mfn(rg.l3), 0), -EINVAL, "user: an L3");
    check_eq(pt_ext(MMUEXT_NEW_USER_BASEPTR, boot_mfn(l4), 0), 0, "user: the L4 itself");
    check_eq(pt_ext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0, "user: none");
}

static void test_ext(void)
{
    static struct mmuext_op op[3];
    static uint64_t vcpus = 1;
    unsigned done = 77;
    char *page = page_get(), *other = page_get();

    check_eq(pt_ext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0, "TLB_FLUSH_LOCAL");
    check_eq(pt_ext(MMUEXT_INVLPG_LOCAL, U64(page), 0), 0, "INVLPG_LOCAL");
    check_eq(pt_ext(MMUEXT_INVLPG_LOCAL, 0x8000000000000000, 0), 0,
             "INVLPG_LOCAL of a non-canonical address does nothing");
    check_eq(pt_ext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0, "TLB_FLUSH_ALL");
    check_eq(pt_ext(MMUEXT_INVLPG_ALL, U64(page), 0), 0, "INVLPG_ALL");
    check_eq(pt_ext(MMUEXT_TLB_FLUSH_MULTI, 0, U64(&vcpus)), 0, "TLB_FLUSH_MULTI");
    check_eq(pt_ext(MMUEXT_INVLPG_MULTI, U64(page), U64(&vcpus)), 0, "INVLPG_MULTI");
    check_eq(pt_ext(MMUEXT_TLB_FLUSH_MULTI, 0, 0x7f0000000000), -EINVAL, "bitmap in a hole");
    check_eq(pt_ext(MMUEXT_FLUSH_CACHE, 0, 0), boot_is_dom0() ? 0 : -EACCES,
             "FLUSH_CACHE, for who may have devices");
    check_eq(pt_ext(99, 0, 0), -ENOSYS, "unknown mmuext op");
    memset(page, 0x55, PAGE_SIZE);
    check_eq(pt_ext(MMUEXT_CLEAR_PAGE, boot_mfn(page), 0), 0, "CLEAR_PAGE");
    check(page[0] == 0 && page[PAGE_SIZE - 1] == 0, "is cleared");
    memset(other, 0x66, PAGE_SIZE);
    check_eq(pt_ext(MMUEXT_COPY_PAGE, boot_mfn(page), boot_mfn(other)), 0, "COPY_PAGE");
    check(page[0] == 0x66 && page[PAGE_SIZE - 1] == 0x66, "is copied");
    check_eq(pt_ext(MMUEXT_CLEAR_PAGE, boot_mfn(rg.l1), 0), -EINVAL, "CLEAR_PAGE of a table");
    check_eq(pt_ext(MMUEXT_CLEAR_PAGE, 0x100, 0), -EINVAL, "of the hypervisor's frame");
    check_eq(pt_ext(MMUEXT_COPY_PAGE, boot_mfn(rg.l1), boot_mfn(other)), -EINVAL,
             "COPY_PAGE onto a table");
    op[0].cmd = op[1].cmd = op[2].cmd = MMUEXT_TLB_FLUSH_LOCAL;
    op[1].cmd = 99;
    check_eq(hc_mmuext_op(op, 3, &done, DOMID_SELF), -ENOSYS, "batch whose second is bad");
    check_eq(done, 1, "done count 1");
    check_eq(of_nobody(hc_mmuext_op(op, 1, NULL, 77)), -ESRCH, "foreign domain 77");
    check_eq(hc_mmuext_op(HOLE, 1, NULL, DOMID_SELF), -EFAULT, "list in a hole");
}

static void test_ldt(void)
{
    static struct mmuext_op op = {.cmd = MMUEXT_SET_LDT};
    uint64_t *ldt = pt_page();

    op.arg1.linear_addr = U64(ldt);
    op.arg2.nr_ents = 512;
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "SET_LDT");
    op.arg2.nr_ents = 8193;
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), -EINVAL, "SET_LDT with 8193 entries");
    op.arg2.nr_ents = 1;
    op.arg1.linear_addr = U64(ldt) + 8;
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), -EINVAL, "SET_LDT not page aligned");
    op.arg1.linear_addr = 0xffff830000000000;
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), -EINVAL, "SET_LDT in hypervisor space");
    op.arg2.nr_ents = 0;
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "SET_LDT none");
}

/* A direct store into a page table: trapped and emulated with writable_pagetables (Xen:
 * whatever the assist says). */
static void test_direct_write(void)
{
    uint64_t data = pte_of(page_get(), PT_RW);

    check_eq(hc_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0, "assist off");
    boot_printf("# store with the assist off: %lx\n", probe_write(&rg.l1[50], data));
    check_eq(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0, "assist on");
    check_eq((long)probe_write(&rg.l1[50], data), 0, "the store is emulated");
    check_eq((long)(rg.l1[50] & PTE_MFN), (long)(data & PTE_MFN), "and took effect");
    check_eq((long)probe_write(&rg.l1[50], 0x100000 | PT_RW), (long)TRAP_FAULT(TRAP_PF, 3),
             "a forbidden value faults");
    check_eq((long)probe_write(&rg.l2[5], pte_of(rg.l1, PT_RW)), (long)TRAP_FAULT(TRAP_PF, 3),
             "a store into an L2 faults");
    check_eq((long)probe_write(&rg.l1[50], 0), 0, "clear by store");
    check_eq(hc_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0, "assist off");
}

void test_main(void)
{
    rg = pt_region(REGION_SLOT);
    test_l1_entries();
    test_l1_refused();
    test_upper_refused();
    test_flag_changes();
    test_linear();
    test_types();
    test_promote();
    test_update_arguments();
    test_update_plain();
    test_machphys();
    test_va_mapping();
    test_base_pointers();
    test_ext();
    test_ldt();
    test_direct_write();
}
