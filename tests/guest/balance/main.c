/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * balance: an error path, or a call that does part of its work, leaves a count behind, or takes one
 * too many (kinds A and B of the advisories, as XSA-58, 159, 224, 234, 236, 299, 316 and 394).
 *
 * What was possible: a frame whose count stayed too high was never given back (the host ran out of
 * memory), one whose count became too low was freed, and given to somebody else, while the guest
 * still had a writable mapping of it.
 * Why: what a call had taken before it failed was undone by hand, differently at each exit.
 * What must happen: after every refusal and every mixed or repeated release the frame's counts are
 * what they were: it can become a page table (no writable use is left), and when it is given back
 * it leaves at once (no use at all is left).
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/gnttab.h>
#include <front/hcall.h>
#include <front/lib.h>

#define NO_FRAME (1ull << 38)
#define BUS      GNTMAP_device_map
#define HOST     GNTMAP_host_map

static struct pt_region rg;
static domid_t self;

/* No use of the page is left: shown by what the hypervisor does with it, not by what it says. */
static void check_unused(char *page, const char *after)
{
    xen_pfn_t frame = boot_mfn(page), list[1] = {frame};
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    uint64_t pfn = boot_pfn(page);
    long before = self_frames();

    memset(page, 0, PAGE_SIZE);
    check(!pt_ro(page) && !pt_pin(1, page) && !pt_unpin(page), "%s: no writable use is left",
          after);
    set_xen_guest_handle(r.extent_start, list);
    hc_update_va_mapping(U64(page), 0, UVMF_INVLPG);
    check_eq(hc_memory_op(XENMEM_decrease_reservation, &r), 1, "%s: it can be given back", after);
    check_eq(self_frames(), before - 1, "%s: and leaves at once", after);
    list[0] = pfn;
    if (hc_memory_op(XENMEM_populate_physmap, &r) != 1 || boot_map_mfn(page, list[0]))
        error("cannot get the page back");
    ((uint64_t *)boot_info->mfn_list)[pfn] = list[0];
}

static struct gnttab_map_grant_ref map(grant_ref_t ref, uint64_t address, uint32_t flags)
{
    struct gnttab_map_grant_ref m = {.ref = ref, .dom = self, .host_addr = address, .flags = flags};

    hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);
    return m;
}

static int unmap(grant_handle_t handle, uint64_t address, uint64_t bus)
{
    struct gnttab_unmap_grant_ref u = {.handle = handle, .host_addr = address, .dev_bus_addr = bus};

    hc_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1);
    return u.status;
}

/* XSA-224, 234, 394: parts of a mapping released one by one, twice, and by the wrong place. */
static void test_grant_parts(void)
{
    char *page = page_get();
    uint64_t va = U64(pt_region_va(&rg, 0)), other = U64(pt_region_va(&rg, 1));
    uint64_t bus = boot_mfn(page) << PAGE_SHIFT;
    grant_ref_t ref = (grant_ref_t)gnttab_grant(self, page, false);
    struct gnttab_map_grant_ref m = map(ref, va, HOST | BUS), second;

    check_eq(m.status, GNTST_okay, "map for host and devices");
    check_eq(gnttab_end(ref), -EBUSY, "the grant is in use");
    check(unmap(m.handle, other, 0) < 0, "unmap at a place that maps nothing");
    check(unmap(m.handle, 0, bus + PAGE_SIZE) < 0, "unmap of another bus address");
    check_eq(unmap(m.handle, 0, bus), GNTST_okay, "unmap the devices' part");
    unmap(m.handle, 0, bus);
    unmap(m.handle, 0, bus);
    check_eq(gnttab_end(ref), -EBUSY, "the host's part is still in use");
    check_eq((long)probe_write((void *)va, 1), 0, "and works");
    check_eq(unmap(m.handle, va, 0), GNTST_okay, "unmap the host's part");
    check(unmap(m.handle, va, bus) < 0, "and both again: no such handle");
    check_eq(gnttab_end(ref), 0, "no use is left in the entry");
    check_unused(page, "parts");

    ref = (grant_ref_t)gnttab_grant(self, page, false);
    m = map(ref, va, HOST | GNTMAP_readonly);
    second = map(ref, other, HOST);
    check_eq(m.status | second.status, 0, "a read-only and a writable mapping");
    check(unmap(second.handle, va, 0) < 0, "the writable one's handle with the other's place");
    check_eq(unmap(second.handle, other, 0), GNTST_okay, "unmap the writable one");
    check_eq(unmap(m.handle, va, 0), GNTST_okay, "unmap the read-only one");
    check_eq(gnttab_end(ref), 0, "no use is left in the entry");
    check_unused(page, "two mappings");
}

/* XSA-236, 316: maps that fail late, when the grant has been looked up and pinned. */
static void test_grant_failures(void)
{
    char *page = page_get();
    grant_ref_t ref = (grant_ref_t)gnttab_grant(self, page, false);
    uint64_t missing = U64(pt_region_va(&rg, 0)) + (1ull << 30);

    uint64_t plain = boot_mfn(page) << PAGE_SHIFT;
    unsigned refused = 0;

    for (unsigned i = 0; i < 100; i++) {
        refused += map(ref, missing, HOST).status < 0;
        refused += map(ref, missing, HOST | BUS).status < 0;
        refused += map(ref, plain, HOST | GNTMAP_contains_pte).status < 0;
    }
    check_eq(refused, 300, "no page table there, and a plain page as slot: refused each time");
    check_eq(gnttab_end(ref), 0, "no use is left in the entry");
    check_unused(page, "failed maps");
}

/* XSA-58, 299: a table that is refused at its last entry gives back what the others took. */
static void test_pin_failure(void)
{
    char *page = page_get();
    uint64_t *l1 = pt_page(), *l2;
    uint64_t entries[512] = {0};

    pt_rw(l1);
    for (unsigned i = 0; i < 511; i++)
        l1[i] = pte_of(page, PT_RW);
    l1[511] = NO_FRAME << PAGE_SHIFT | PT_RW;
    pt_ro(l1);
    check(pt_pin(1, l1) < 0, "an L1 whose last entry names no frame");
    check_unused(page, "a refused L1");
    pt_rw(l1);
    for (unsigned i = 0; i < 512; i++)
        l1[i] = pte_of(page, PT_RW);
    pt_ro(l1);
    entries[0] = entries[100] = pte_of(l1, PT_RW);
    entries[511] = pte_of(page, PT_RW); /* mapped writable by the L1: no table */
    l2 = pt_page_with(entries);
    check_eq(pt_pin(2, l2), -EINVAL, "an L2 whose last entry names a writable page");
    pt_rw(l2);
    pt_rw(l1);
    memset(l1, 0, PAGE_SIZE);
    check_unused(page, "a refused L2");
    check_unused((char *)l1, "a refused L2's table");
}

static void test_batch_failure(void)
{
    char *page = page_get();
    uint64_t base = boot_mfn(rg.l1) << PAGE_SHIFT;
    struct mmu_update u[3] = {{base + 8 * 8, pte_of(page, PT_RW)},
                              {base + 9 * 8, pte_of(page, PT_RW)},
                              {base + 10 * 8, NO_FRAME << PAGE_SHIFT | PT_RW}};

    check(hc_mmu_update(u, 3, NULL, DOMID_SELF) < 0, "a batch whose third entry is bad");
    pt_write(&rg.l1[8], 0);
    pt_write(&rg.l1[9], 0);
    check_unused(page, "a batch cut short");
}

/* XSA-159: two frames for one twice as big: when the second is refused, the first is kept. */
static void test_exchange_failure(void)
{
    static xen_pfn_t in[2], out[1];
    struct xen_memory_exchange ex = {
        .in = {.nr_extents = 2, .domid = DOMID_SELF},
        .out = {.nr_extents = 1, .extent_order = 1, .domid = DOMID_SELF}};
    char *page = page_get();
    long before = self_frames();

    in[0] = boot_mfn(page);
    in[1] = NO_FRAME;
    out[0] = boot_pfn(page);
    set_xen_guest_handle(ex.in.extent_start, in);
    set_xen_guest_handle(ex.out.extent_start, out);
    hc_update_va_mapping(U64(page), 0, UVMF_INVLPG);
    check(hc_memory_op(XENMEM_exchange, &ex) < 0, "an exchange whose second frame does not exist");
    check_eq((long)ex.nr_exchanged, 0, "none is done");
    check_eq(self_frames(), before, "the domain has the frames that it had");
    check_eq(boot_map_mfn(page, boot_mfn(page)), 0, "the first is its own still");
    check_unused(page, "a failed exchange");
}

static void test_gdt_failure(void)
{
    char *page = page_get();
    xen_ulong_t frames[2] = {boot_mfn(page), NO_FRAME};

    pt_ro(page);
    check_eq(hc_set_gdt(frames, 1024), -EINVAL, "a GDT whose second frame does not exist");
    pt_rw(page);
    check_unused(page, "a refused GDT");
}

void test_main(void)
{
    self = self_id();
    rg = pt_region(2);
    if (gnttab_init())
        error("no grant table");
    check_unused(page_get(), "nothing");
    test_grant_parts();
    test_grant_failures();
    test_pin_failure();
    test_batch_failure();
    test_exchange_failure();
    test_gdt_failure();
}
