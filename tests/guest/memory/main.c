/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory: memory_op: reservations up and down, exchange, the memory maps, machphys mapping, and
 * every refusal.  Pages given back are really gone and come back with the wanted pfn.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

#define BAD_HV ((void *)0xffff830000000000)
#define N      4

static struct xen_memory_reservation reservation(xen_pfn_t *list, unsigned n)
{
    struct xen_memory_reservation r = {.nr_extents = n, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, list);
    return r;
}

static void test_numbers(void)
{
    domid_t self = DOMID_SELF, none = 77;
    long cur, max;

    check(hc_memory_op(XENMEM_maximum_ram_page, NULL) > 0x10000, "maximum_ram_page");
    cur = hc_memory_op(XENMEM_current_reservation, &self);
    max = hc_memory_op(XENMEM_maximum_reservation, &self);
    check_eq(cur, (long)boot_info->nr_pages, "current_reservation is start_info's nr_pages");
    check(max >= cur, "maximum_reservation (%ld)", max);
    check_eq(hc_memory_op(XENMEM_maximum_gpfn, &self), 0, "maximum_gpfn before there is one");
    boot_shared->arch.max_pfn = 1;
    check_eq(hc_memory_op(XENMEM_maximum_gpfn, &self), 0, "maximum_gpfn of one frame");
    boot_shared->arch.max_pfn = 1234;
    check_eq(hc_memory_op(XENMEM_maximum_gpfn, &self), 1233, "maximum_gpfn");
    boot_shared->arch.max_pfn = 0;
    check_eq(of_nobody(hc_memory_op(XENMEM_current_reservation, &none)), -ESRCH, "of no domain");
    check_eq(hc_memory_op(XENMEM_current_reservation, BAD_HV), -EFAULT, "bad pointer");
    check_eq(hc_memory_op(60, NULL), -ENOSYS, "unknown command");
}

static void test_balloon(void)
{
    static xen_pfn_t list[N];
    char *pages[N];
    uint64_t pfn[N];
    domid_t self = DOMID_SELF;
    long before = hc_memory_op(XENMEM_current_reservation, &self);
    struct xen_memory_reservation r = reservation(list, N);

    for (int i = 0; i < N; i++) {
        pages[i] = page_get();
        pages[i][0] = (char)(i + 1);
        pfn[i] = boot_pfn(pages[i]);
        list[i] = boot_mfn(pages[i]);
    }
    check_eq(hc_update_va_mapping(U64(pages[0]), 0, UVMF_INVLPG), 0, "unmap the first page");
    check_eq(hc_memory_op(XENMEM_decrease_reservation, &r), N,
             "decrease_reservation of 4, 3 of them still mapped");
    check_eq(hc_memory_op(XENMEM_current_reservation, &self), before - 1,
             "only the unmapped one has left so far");
    for (int i = 1; i < N; i++)
        hc_update_va_mapping(U64(pages[i]), 0, UVMF_INVLPG);
    check_eq(hc_memory_op(XENMEM_current_reservation, &self), before - N, "all left after unmap");
    list[0] = 0x100;
    r = reservation(list, 1);
    check_eq(hc_memory_op(XENMEM_decrease_reservation, &r), 0, "the hypervisor's frame: refused");

    for (int i = 0; i < N; i++)
        list[i] = pfn[i];
    r = reservation(list, N);
    check_eq(hc_memory_op(XENMEM_populate_physmap, &r), N, "populate_physmap of 4");
    check_eq(hc_memory_op(XENMEM_current_reservation, &self), before, "all back");
    for (int i = 0; i < N; i++) {
        check_eq((long)boot_mfn_to_pfn(list[i]), (long)pfn[i], "M2P of page %d is set", i);
        check_eq(boot_map_mfn(pages[i], list[i]), 0, "it can be mapped");
        ((uint64_t *)boot_info->mfn_list)[pfn[i]] = list[i];
        *(uint64_t *)pages[i] = 0; /* it need not be clean: it was this domain's before */
    }
}

/* The tools may have left a domain no room above what it has. */
static bool may_grow(void)
{
    domid_t self = DOMID_SELF;

    if (hc_memory_op(XENMEM_maximum_reservation, &self) >= self_frames() + N)
        return true;
    skip("no room above what the domain has");
    return false;
}

static void test_increase(void)
{
    static xen_pfn_t list[N];
    struct xen_memory_reservation r = reservation(list, 1), bad;
    domid_t self = DOMID_SELF;
    long before = hc_memory_op(XENMEM_current_reservation, &self);

    if (may_grow()) {
        check_eq(hc_memory_op(XENMEM_increase_reservation, &r), 1, "increase_reservation by 1");
        check_eq(hc_memory_op(XENMEM_current_reservation, &self), before + 1, "counts");
        check_eq(hc_memory_op(XENMEM_decrease_reservation, &r), 1, "and down");
    }
    check_eq(hc_memory_op(XENMEM_current_reservation, &self), before, "as before");
    bad = reservation(list, 0);
    check_eq(hc_memory_op(XENMEM_increase_reservation, &bad), 0, "nothing");
    bad = reservation((xen_pfn_t *)BAD_HV, 1);
    check_eq(hc_memory_op(XENMEM_decrease_reservation, &bad), 0, "list in hypervisor space");
    bad = reservation((xen_pfn_t *)BAD_HV, 1);
    check_eq(hc_memory_op(XENMEM_populate_physmap, &bad), 0, "list in hypervisor space");
    bad = reservation(list, 1);
    bad.extent_order = 40;
    check(hc_memory_op(XENMEM_increase_reservation, &bad) <= 0, "order 40");
    bad = reservation(list, 1);
    bad.domid = 77;
    check_eq(hc_memory_op(XENMEM_increase_reservation, &bad), 0, "for no domain: none done");
    check_eq(hc_memory_op(XENMEM_increase_reservation, BAD_HV), 0, "bad pointer: none done");
}

static void test_order(void)
{
    static xen_pfn_t list[1];
    struct xen_memory_reservation r = reservation(list, 1);

    if (!may_grow())
        return;
    r.extent_order = 2;
    check_eq(hc_memory_op(XENMEM_increase_reservation, &r), 1, "an extent of 4 pages");
    check_eq((long)(list[0] & 3), 0, "is aligned");
    check_eq(hc_memory_op(XENMEM_decrease_reservation, &r), 1, "and back");
}

static void test_exchange(void)
{
    static xen_pfn_t in[1], out[1];
    struct xen_memory_exchange ex = {0};
    char *page = page_get();
    uint64_t pfn = boot_pfn(page), old = boot_mfn(page);

    in[0] = old;
    out[0] = pfn;
    ex.in = reservation(in, 1);
    ex.out = reservation(out, 1);
    check_eq(hc_update_va_mapping(U64(page), 0, UVMF_INVLPG), 0, "unmap");
    check_eq(hc_memory_op(XENMEM_exchange, &ex), 0, "exchange one page");
    check_eq((long)ex.nr_exchanged, 1, "nr_exchanged");
    check_eq((long)boot_mfn_to_pfn(out[0]), (long)pfn, "the new frame has the pfn");
    check_eq(boot_map_mfn(page, out[0]), 0, "map it");
    ((uint64_t *)boot_info->mfn_list)[pfn] = out[0];
    page[0] = 1;
    ex.nr_exchanged = 0;
    in[0] = out[0];
    ex.out.nr_extents = 2;
    check_eq(hc_memory_op(XENMEM_exchange, &ex), -EINVAL, "sizes that differ");
    ex.out = reservation((xen_pfn_t *)BAD_HV, 1);
    check_eq(hc_memory_op(XENMEM_exchange, &ex), -EFAULT, "result list in hypervisor space");
    ex.out = reservation(out, 1);
    in[0] = 0x100;
    check_eq(hc_memory_op(XENMEM_exchange, &ex), -EINVAL, "the hypervisor's frame");
    check_eq(page[0], 1, "the page is still there");
}

/* Frame numbers below the machine's highest that are no RAM, and some above: a machine of more than
 * 2 GiB has a hole of them below 4 GiB, whose entries of a frame table need not be there. */
static void test_no_ram(void)
{
    static const xen_pfn_t none[] = {0x80000,         0x90000,    0xbffff,   0xc0000,
                                     0xfee00,         0xfffff,    1UL << 24, 1UL << 28,
                                     (1UL << 40) - 1, ~0UL >> 12, ~0UL};
    static xen_pfn_t in[1], out[1];
    struct xen_memory_exchange ex = {.in = reservation(in, 1), .out = reservation(out, 1)};
    struct xen_memory_reservation back = reservation(in, 1);
    unsigned done;

    for (unsigned i = 0; i < array_size(none); i++) {
        struct mmuext_op pin = {.cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = none[i]};
        struct mmu_update names = {.ptr = none[i] << 12 | MMU_MACHPHYS_UPDATE, .val = 0};
        struct mmu_update entry = {.ptr = none[i] << 12 | MMU_NORMAL_PT_UPDATE, .val = 0};
        const xen_ulong_t gdt[] = {none[i]};
        in[0] = none[i];
        out[0] = 0x1000;
        ex.nr_exchanged = 0;
        check_eq(hc_memory_op(XENMEM_exchange, &ex), -EINVAL, "exchange of frame %lx", none[i]);
        check_eq(hc_memory_op(XENMEM_decrease_reservation, &back), 0, "give back %lx", none[i]);
        check_eq(hc_mmuext_op(&pin, 1, &done, DOMID_SELF), -EINVAL, "pin %lx", none[i]);
        check_eq(hc_mmu_update(&names, 1, &done, DOMID_SELF), -EINVAL, "name %lx", none[i]);
        check_eq(hc_mmu_update(&entry, 1, &done, DOMID_SELF), -EINVAL, "entry in %lx", none[i]);
        check_eq(hc_set_gdt(gdt, 8), -EINVAL, "GDT in %lx", none[i]);
    }
}

static void test_maps(void)
{
    static struct e820 {
        uint64_t addr, size;
        uint32_t type;
    } __attribute__((packed)) e820[128];
    struct xen_memory_map map = {.nr_entries = array_size(e820)};
    struct xen_machphys_mapping mm;
    static xen_pfn_t mfns[4];
    struct xen_machphys_mfn_list ml = {.max_extents = 4};

    long rc;

    map.buffer.p = e820;
    if (boot_is_dom0()) {
        check_eq(hc_memory_op(XENMEM_machine_memory_map, &map), 0, "machine_memory_map");
        check(map.nr_entries > 2 && e820[0].type == 1, "has RAM first (%u entries)",
              map.nr_entries);
        map.nr_entries = 1;
        check_eq(hc_memory_op(XENMEM_machine_memory_map, &map), -EINVAL, "room for one entry only");
        map.nr_entries = array_size(e820);
        check_eq(hc_memory_op(XENMEM_memory_map, &map), -ENOSYS, "memory_map: none was set");
    } else {
        check_eq(hc_memory_op(XENMEM_machine_memory_map, &map), -EPERM, "machine_memory_map");
        rc = hc_memory_op(XENMEM_memory_map, &map);
        check(rc == 0 || rc == -ENOSYS, "memory_map: as the tools set it, or none (%ld)", rc);
    }
    check_eq(hc_memory_op(XENMEM_machphys_mapping, &mm), 0, "machphys_mapping");
    check_eq((long)mm.v_start, (long)MACH2PHYS_VIRT_START, "v_start");
    check(mm.max_mfn > 0x10000, "max_mfn (%lx)", mm.max_mfn);
    ml.extent_start.p = mfns;
    rc = hc_memory_op(XENMEM_machphys_mfn_list, &ml);
    check(rc == 0 || (rc == -EPERM && !boot_is_dom0()), "machphys_mfn_list (%ld)", rc);
    check(rc || ml.nr_extents >= 1, "has an extent");
}

void test_main(void)
{
    test_numbers();
    test_balloon();
    test_increase();
    test_order();
    test_exchange();
    test_no_ram();
    test_maps();
}
