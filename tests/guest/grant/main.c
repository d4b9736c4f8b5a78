/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant: grant_table_op version 1 on the domain itself: setup and query, map and unmap of own
 * grants (flags, types, reference counts), copies by frame and by grant, and every refusal.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

#define FRAMES      2
#define REGION_SLOT 2
#define BAD_HV      ((void *)0xffff830000000000)

static struct grant_entry_v1 *table;
static struct pt_region rg;
static char *page; /* the granted page */
static void *map_va;
static domid_t self;

/* As of_nobody(), for a grant operation's status. */
static int status_of_nobody(int status)
{
    return status == GNTST_permission_denied && !boot_is_dom0() ? GNTST_bad_domain : status;
}

/* Publishes entry `ref`: frame first, flags last. */
static void grant(unsigned ref, domid_t dom, const void *va, uint16_t flags)
{
    table[ref].domid = dom;
    table[ref].frame = (uint32_t)boot_mfn(va);
    __atomic_store_n(&table[ref].flags, flags, __ATOMIC_RELEASE);
}

static void test_setup(void)
{
    static xen_pfn_t frames[FRAMES];
    static char slots[FRAMES][PAGE_SIZE] aligned_page;
    struct gnttab_query_size q = {.dom = DOMID_SELF};
    struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = FRAMES};
    struct gnttab_get_version v = {.dom = DOMID_SELF};

    check_eq(hc_grant_table_op(GNTTABOP_query_size, &q, 1), 0, "query_size");
    check_eq(q.status, GNTST_okay, "its status");
    check(q.max_nr_frames >= FRAMES, "room for two frames");
    set_xen_guest_handle(s.frame_list, frames);
    check_eq(hc_grant_table_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table");
    check_eq(s.status, GNTST_okay, "its status");
    for (unsigned i = 0; i < FRAMES; i++)
        if (boot_map_mfn(slots[i], frames[i]))
            error("cannot map grant frame %u", i);
    table = (void *)slots[0];
    check_eq(table[511].flags, 0, "the table is empty");
    q.dom = 77;
    hc_grant_table_op(GNTTABOP_query_size, &q, 1);
    check_eq(status_of_nobody(q.status), GNTST_bad_domain, "query_size of no domain");
    s.nr_frames = 100000;
    hc_grant_table_op(GNTTABOP_setup_table, &s, 1);
    check_eq(s.status, GNTST_general_error, "too many frames");
    s.nr_frames = 1;
    s.dom = 77;
    hc_grant_table_op(GNTTABOP_setup_table, &s, 1);
    check_eq(status_of_nobody(s.status), GNTST_bad_domain, "setup_table of no domain");
    check_eq(hc_grant_table_op(GNTTABOP_setup_table, BAD_HV, 1), -EFAULT,
             "argument in hypervisor space");
    check_eq(hc_grant_table_op(99, &s, 1), -ENOSYS, "unknown command");
    check_eq(hc_grant_table_op(GNTTABOP_get_version, &v, 1), 0, "get_version");
    check_eq((long)v.version, 1, "version 1");
}

static struct gnttab_map_grant_ref map_op(unsigned ref, uint32_t flags, uint64_t addr)
{
    struct gnttab_map_grant_ref m = {.host_addr = addr, .flags = flags, .ref = ref, .dom = self};

    check_eq(hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1), 0, "map_grant_ref of %u", ref);
    return m;
}

static int16_t unmap_op(uint64_t addr, uint32_t handle)
{
    struct gnttab_unmap_grant_ref u = {.host_addr = addr, .handle = handle};

    check_eq(hc_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1), 0, "unmap_grant_ref");
    return u.status;
}

static void test_map_unmap(void)
{
    struct gnttab_map_grant_ref m, second;

    grant(9, self, page, GTF_permit_access);
    m = map_op(9, GNTMAP_host_map, U64(map_va));
    check_eq(m.status, GNTST_okay, "map read-write");
    check_eq((long)m.dev_bus_addr, (long)(boot_mfn(page) << PAGE_SHIFT), "dev_bus_addr");
    check_eq((long)probe_write(map_va, 0x42), 0, "it can be written");
    check_eq(page[0], 0x42, "and is the page");
    check_eq(table[9].flags & (GTF_reading | GTF_writing), GTF_reading | GTF_writing,
             "entry shows reading and writing");
    second = map_op(9, GNTMAP_host_map | GNTMAP_readonly, U64(map_va) + PAGE_SIZE);
    check_eq(second.status, GNTST_okay, "a second mapping, read-only");
    check_eq((long)probe_write((char *)map_va + PAGE_SIZE, 1), (long)TRAP_FAULT(TRAP_PF, 3),
             "which cannot be written");
    check_eq(pt_write(&rg.l1[0], 0), 0, "the PTE may be cleared directly");
    check_eq(unmap_op(U64(map_va), m.handle), GNTST_general_error, "then unmap finds no entry");
    check_eq(pt_write(&rg.l1[0], pte_of(page, PT_RW)), 0, "put it back");
    check_eq(unmap_op(U64(map_va) + PAGE_SIZE, m.handle), GNTST_general_error,
             "unmap at another address");
    check_eq(unmap_op(U64(map_va), 9999), GNTST_bad_handle, "unmap with a bad handle");
    check_eq(unmap_op(U64(map_va), m.handle), GNTST_okay, "unmap the first");
    check_eq(table[9].flags & (GTF_reading | GTF_writing), GTF_reading, "reading is left");
    check_eq(unmap_op(U64(map_va), m.handle), GNTST_bad_handle, "unmap it twice");
    check_eq(unmap_op(U64(map_va) + PAGE_SIZE, second.handle), GNTST_okay, "unmap the second");
    check_eq(table[9].flags & (GTF_reading | GTF_writing), 0, "no use is left");
    check_eq((long)probe_read(map_va, &(uint64_t){0}), (long)TRAP_FAULT(TRAP_PF, 0),
             "the address is unmapped");
}

static void test_map_refused(void)
{
    struct gnttab_map_grant_ref m;

    grant(10, self, page, GTF_permit_access | GTF_readonly);
    m = map_op(10, GNTMAP_host_map, U64(map_va));
    check_eq(m.status, GNTST_general_error, "read-write map of a read-only grant");
    m = map_op(10, GNTMAP_host_map | GNTMAP_readonly, U64(map_va));
    check_eq(m.status, GNTST_okay, "read-only map of it");
    check_eq(unmap_op(U64(map_va), m.handle), GNTST_okay, "unmap");
    grant(11, 77, page, GTF_permit_access);
    m = map_op(11, GNTMAP_host_map, U64(map_va));
    check_eq(m.status, GNTST_general_error, "grant meant for another domain");
    m = map_op(12, GNTMAP_host_map, U64(map_va));
    check_eq(m.status, GNTST_general_error, "empty entry");
    m = map_op(1u << 30, GNTMAP_host_map, U64(map_va));
    check_eq(m.status, GNTST_bad_gntref, "reference out of range");
    m = map_op(9, 0, U64(map_va));
    check_eq(m.status, GNTST_bad_gntref, "neither host nor device mapping");
    m = map_op(9, GNTMAP_host_map, 0xffff830000000000);
    check_eq(m.status, GNTST_general_error, "map into hypervisor space");
    m = map_op(9, GNTMAP_host_map, 0x7f0000000000);
    check_eq(m.status, GNTST_general_error, "map where no L1 is");
    check_eq(table[9].flags & (GTF_reading | GTF_writing), 0, "refusals leave no use behind");
    m = map_op(9, GNTMAP_host_map | GNTMAP_contains_pte,
               boot_mfn(rg.l1) << PAGE_SHIFT | 5 * sizeof(uint64_t));
    check_eq(m.status, GNTST_okay, "map by PTE address");
    check_eq((long)probe_write(pt_region_va(&rg, 5), 0x43), 0, "works");
    check_eq((long)probe_read(pt_region_va(&rg, 5), &(uint64_t){0}), 0, "and reads");
    check_eq(hc_update_va_mapping(U64(page), pte_of(page, PT_RO), UVMF_INVLPG), 0,
             "own mapping read-only");
    check_eq(pt_pin(1, page), -EINVAL, "a page mapped through a grant cannot become a table");
    check_eq(pt_rw(page), 0, "own mapping writable");
    check_eq(unmap_op(boot_mfn(rg.l1) << PAGE_SHIFT | 5 * sizeof(uint64_t), m.handle), GNTST_okay,
             "unmap by PTE address");
    grant(13, self, rg.l1, GTF_permit_access);
    m = map_op(13, GNTMAP_host_map, U64(map_va));
    check_eq(m.status, GNTST_general_error, "writable grant map of a page table");
    grant(14, self, page, GTF_permit_access);
    table[14].frame = 0x100;
    m = map_op(14, GNTMAP_host_map, U64(map_va));
    check_eq(m.status, GNTST_bad_page, "grant of the hypervisor's frame");
    {
        struct gnttab_map_grant_ref bad = {.flags = GNTMAP_host_map, .ref = 9, .dom = 77};

        hc_grant_table_op(GNTTABOP_map_grant_ref, &bad, 1);
        check_eq(bad.status, GNTST_bad_domain, "grant of no domain");
    }
}

static void test_unmap_and_replace(void)
{
    struct gnttab_map_grant_ref m;
    struct gnttab_unmap_and_replace r = {.host_addr = U64(map_va)};
    char *other = page_get();

    check_eq(pt_write(&rg.l1[8], pte_of(other, PT_RW)), 0, "a page to take its place");
    m = map_op(9, GNTMAP_host_map, U64(map_va));
    r.handle = m.handle;
    r.new_addr = U64(pt_region_va(&rg, 8));
    check_eq(hc_grant_table_op(GNTTABOP_unmap_and_replace, &r, 1), 0, "unmap_and_replace");
    check_eq(r.status, GNTST_okay, "its status");
    check_eq((long)probe_write(map_va, 0x99), 0, "the address maps again");
    check_eq(other[0], (char)0x99, "the replacement");
    check_eq((long)rg.l1[8], 0, "whose old mapping is gone");
    check_eq(pt_write(&rg.l1[0], 0), 0, "clear");
}

static struct gnttab_copy copy_op(const void *src, const void *dst, unsigned len)
{
    struct gnttab_copy c = {.len = (uint16_t)len};

    c.source.domid = c.dest.domid = DOMID_SELF;
    c.source.u.gmfn = boot_mfn(src);
    c.dest.u.gmfn = boot_mfn(dst);
    c.source.offset = (uint16_t)(U64(src) & ~PAGE_MASK);
    c.dest.offset = (uint16_t)(U64(dst) & ~PAGE_MASK);
    return c;
}

static int16_t copy_status(struct gnttab_copy *c)
{
    check_eq(hc_grant_table_op(GNTTABOP_copy, c, 1), 0, "copy");
    return c->status;
}

static void test_copy(void)
{
    char *a = page_get(), *b = page_get();
    struct gnttab_copy c = copy_op(a, b, PAGE_SIZE);

    memset(a, 0x5a, PAGE_SIZE);
    check_eq(copy_status(&c), GNTST_okay, "frame to frame, whole page");
    check(!memcmp(a, b, PAGE_SIZE), "arrived");
    memset(b, 0, PAGE_SIZE);
    c = copy_op(a + 100, b + 200, 50);
    check_eq(copy_status(&c), GNTST_okay, "50 bytes at offsets");
    check(b[199] == 0 && b[200] == 0x5a && b[249] == 0x5a && b[250] == 0, "exactly these");
    c = copy_op(a + 1, b, PAGE_SIZE);
    check_eq(copy_status(&c), GNTST_bad_copy_arg, "source crosses its page");
    c = copy_op(a, b + 1, PAGE_SIZE);
    check_eq(copy_status(&c), GNTST_bad_copy_arg, "destination crosses its page");
    c = copy_op(a, b, 0);
    check_eq(copy_status(&c), GNTST_okay, "nothing");
    c = copy_op(a, rg.l1, 8);
    check_eq(copy_status(&c), GNTST_general_error, "onto a page table");
    c = copy_op(a, b, 8);
    c.source.u.gmfn = 0x100;
    check_eq(copy_status(&c), GNTST_bad_page, "from the hypervisor's frame");
    c = copy_op(a, b, 8);
    c.dest.u.gmfn = 1ull << 40;
    check_eq(copy_status(&c), GNTST_bad_page, "to a frame beyond memory");
    c = copy_op(a, b, 8);
    c.source.domid = 77;
    check_eq(copy_status(&c), GNTST_bad_domain, "from no domain");
    c.source.domid = self;
    check_eq(copy_status(&c), GNTST_permission_denied, "a frame of a domain named by number");
    c = copy_op(a, b, 8);
    c.flags = GNTCOPY_source_gref;
    c.source.u.ref = 9;
    c.source.domid = self;
    memset(page, 0x77, PAGE_SIZE);
    check_eq(copy_status(&c), GNTST_okay, "from a grant");
    check_eq(b[7], 0x77, "arrived");
    c.flags = GNTCOPY_dest_gref;
    c.source = (__typeof__(c.source)){.u.gmfn = boot_mfn(a), .domid = DOMID_SELF};
    c.dest.u.ref = 9;
    c.dest.domid = self;
    check_eq(copy_status(&c), GNTST_okay, "to a grant");
    check_eq(page[7], 0x5a, "arrived");
    c.dest.u.ref = 10;
    check_eq(copy_status(&c), GNTST_general_error, "to a read-only grant");
    c.dest.u.ref = 12;
    check_eq(copy_status(&c), GNTST_general_error, "to an empty grant");
    c.dest.u.ref = 1u << 30;
    check_eq(copy_status(&c), GNTST_bad_gntref, "to a reference out of range");
    check_eq(table[9].flags & (GTF_reading | GTF_writing), 0, "no use is left");
}

static void test_batches(void)
{
    static struct gnttab_copy c[64];
    char *a = page_get(), *b = page_get();

    memset(a, 0x31, PAGE_SIZE);
    for (unsigned i = 0; i < array_size(c); i++) {
        c[i] = copy_op(a, b, 64);
        c[i].dest.offset = (uint16_t)(i * 64);
    }
    c[30].len = PAGE_SIZE - 10;
    c[30].source.offset = 100;
    check_eq(hc_grant_table_op(GNTTABOP_copy, c, 64), 0, "64 copies");
    check_eq(c[30].status, GNTST_bad_copy_arg, "the bad one says so");
    check_eq(c[63].status, GNTST_okay, "the last is done");
    check(b[63 * 64] == 0x31 && b[30 * 64] == 0, "exactly the good ones arrived");
    check_eq(hc_grant_table_op(GNTTABOP_copy, (void *)(FRONT_VIRT_BASE - 64), 4), -EFAULT,
             "list starting in a hole");
    check_eq(hc_grant_table_op(GNTTABOP_copy, c, 0), 0, "no copies");
    check_eq(hc_grant_table_op(GNTTABOP_copy, c, 0x80000000u), -EINVAL, "2^31 copies");
}

void test_main(void)
{
    self = self_id();
    rg = pt_region(REGION_SLOT);
    page = page_get();
    map_va = pt_region_va(&rg, 0);
    test_setup();
    test_map_unmap();
    test_map_refused();
    test_unmap_and_replace();
    test_copy();
    test_batches();
}
